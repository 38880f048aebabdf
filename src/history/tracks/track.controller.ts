import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../../access/checked-input.ts';
import type { Principal } from '../../access/principal.ts';
import { sendChunks, type StreamReply } from '../../access/visible-stream.ts';
import { grantPositions } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import { Id } from '../../domain/id.ts';
import { Problem } from '../../domain/problem.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import { knownAnimals } from '../../registry/known-animal.ts';
import { TRACK_FORMATS } from '../formats/index.ts';
import type { TrackFormat } from '../formats/track-format.ts';
import { negotiated } from '../negotiation.ts';
import { CheckedTrackQuery, CheckedTracksQuery, simplifyOf, TrackQuery, TracksQuery } from './track-query.ts';
import { type TrackAnswer, TrackService } from './track.service.ts';

/** What this controller needs of Fastify's reply. */
interface TrackReply extends StreamReply {
  header(name: string, value: string): this;
  send(body?: Visible<Uint8Array> | Parameters<StreamReply['send']>[0]): unknown;
}

const FORMATS = TRACK_FORMATS.map(({ name }) => name).join(', ');
const ANSWER = `In one of ${FORMATS}. As geojson a LineString feature with properties.times; where data is missing a MultiLineString with times nested alike; a Point of one fix, a null geometry of none.`;

/** Tracks: of one animal, or of several in one call. */
@ApiTags('history')
@Controller()
export class TrackController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly tracks: TrackService,
  ) {}

  @Get('animals/:id/track')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'The track of an animal: its undoubted fixes' })
  @QuerySchema(TrackQuery)
  @AnswerSchema(200, ANSWER)
  async track(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(CheckedTrackQuery)) query: z.output<typeof TrackQuery>,
    @Headers('accept') accept: string | undefined,
    @Headers('if-none-match') held: string | undefined,
    @Res() reply: TrackReply,
  ): Promise<void> {
    const asked = { query, ids: [id], several: false, file: id, accept, held };
    await this.send(caller, asked, reply);
  }

  @Get('tracks')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'The tracks of several animals, or of all' })
  @QuerySchema(TracksQuery)
  @AnswerSchema(200, `${ANSWER} Features are gathered in a FeatureCollection.`)
  async several(
    @Caller() caller: Principal,
    @Query(Checked(CheckedTracksQuery)) query: z.output<typeof TracksQuery>,
    @Headers('accept') accept: string | undefined,
    @Headers('if-none-match') held: string | undefined,
    @Res() reply: TrackReply,
  ): Promise<void> {
    const asked = { query, ids: query.animals ?? null, several: true, file: 'tracks', accept, held };
    await this.send(caller, asked, reply);
  }

  private async send(caller: Principal, asked: Asked, reply: TrackReply): Promise<void> {
    const grant = grantPositions(caller);
    const { query } = asked;
    const format = negotiated(TRACK_FORMATS, query.format, asked.accept);
    if (!format) throw new Problem(406, 'unknown-format', `A track is to be had as ${FORMATS}.`);
    const registry = await this.directory.upToDate();
    const answer = await this.tracks.answer(grant, registry, {
      animals: asked.ids === null ? registry.animals() : knownAnimals(registry, asked.ids),
      several: asked.several,
      from: query.from,
      to: query.to,
      asOf: query.asOf,
      doubted: query.doubts === 'with',
      simplify: simplifyOf(query),
      gapFactor: query.gapFactor,
      format,
      held: asked.held,
      now: Date.now(),
    });
    await sendAnswer(reply, answer, headersOf(format, asked.file, answer));
  }
}

/** What was asked, as far as it is the same of one track and of several. */
interface Asked {
  readonly query: z.output<typeof TrackQuery>;
  /** null: of all animals. */
  readonly ids: readonly string[] | null;
  readonly several: boolean;
  /** Name of a file that the answer is saved to, without its extension. */
  readonly file: string;
  readonly accept: string | undefined;
  readonly held: string | undefined;
}

function headersOf(format: TrackFormat, file: string, { tag }: TrackAnswer): Record<string, string> {
  // JSON is shown, anything else saved.
  const disposition = /\bjson\b/.test(format.type) ? 'inline' : 'attachment';
  return {
    'content-type': format.type,
    'content-disposition': `${disposition}; filename="${file}.${format.extension}"`,
    etag: tag,
    // Kept by whoever asked, and asked about each time: who may see an answer is decided anew.
    'cache-control': 'private, no-cache',
    vary: 'accept, authorization, cookie',
  };
}

async function sendAnswer(reply: TrackReply, answer: TrackAnswer, headers: Record<string, string>): Promise<void> {
  if (answer.kind === 'streamed') {
    await sendChunks(reply, headers, answer.chunks);
    return;
  }
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  if (answer.kind === 'held') reply.status(304).send();
  else reply.status(200).send(answer.body);
}
