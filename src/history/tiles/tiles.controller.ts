import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../../access/checked-input.ts';
import type { Principal } from '../../access/principal.ts';
import { grantPositions, type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import { Id } from '../../domain/id.ts';
import { inOrder, NOT_IN_ORDER, PERIOD } from '../../domain/moment.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import { knownAnimal } from '../../registry/known-animal.ts';
import type { Registry } from '../../registry/registry.ts';
import { isHeld, tagOfContent } from '../tracks/entity-tag.ts';
import { cutTile, type NamedTrack } from './cut-tile.ts';
import { DrawnTracks, MOST_FIXES, tooLong, type TrackKey, type TrackVersion } from './drawn-tracks.ts';
import { KeptTiles } from './kept-tiles.ts';
import { type TileAddress, tileAddress } from './tile-address.ts';

const MVT_TYPE = 'application/vnd.mapbox-vector-tile';
const MOST_ANIMALS = 1_000;

const TileQuery = z.strictObject({
  ...PERIOD,
  animals: z
    .string()
    .max(100_000)
    .transform((list) => [...new Set(list.split(','))])
    .pipe(z.array(Id).max(MOST_ANIMALS, `expected ${MOST_ANIMALS} animals at most`))
    .optional()
    .describe('Ids, comma separated; without it, all animals.'),
});
const InOrderTileQuery = TileQuery.refine(inOrder, NOT_IN_ORDER);

/** What this controller needs of Fastify's reply. */
interface TileReply {
  status(code: number): this;
  header(name: string, value: string): this;
}

/** Tracks as vector tiles, for maps. Under `/tiles` and under the base of REST. */
@ApiTags('history')
@Controller(['tiles', 'api/v1/tiles'])
export class TilesController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly tracks: DrawnTracks,
    private readonly kept: KeptTiles,
  ) {}

  @Get(':z/:x/:name')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'A vector tile {z}/{x}/{y}.mvt of tracks: lines, and from zoom 11 on the fixes too' })
  @QuerySchema(TileQuery)
  @AnswerSchema(
    200,
    'Mapbox Vector Tile: layers tracks (animal, segment, from, to) and fixes (animal, at); times in epoch milliseconds.',
  )
  async tile(
    @Caller() caller: Principal,
    @Param('z') z: string,
    @Param('x') x: string,
    @Param('name') name: string,
    @Query(Checked(InOrderTileQuery)) { animals, from, to }: z.output<typeof InOrderTileQuery>,
    @Headers('if-none-match') held: string | undefined,
    @Res({ passthrough: true }) reply: TileReply,
  ): Promise<Visible<Uint8Array> | undefined> {
    const grant = grantPositions(caller);
    const address = tileAddress(z, x, name);
    const registry = await this.directory.upToDate();
    const keys = (animals ?? allAnimals(registry)).map((animal): TrackKey => ({ animal, from, to }));
    for (const { animal } of keys) knownAnimal(registry, animal);
    const versions = await this.versions(grant, registry, keys);
    const tag = tagOfContent([address, keys, versions]);
    // The browser of who asked may keep it, and asks each time whether it may still be shown.
    reply.header('etag', tag).header('cache-control', 'private, no-cache').header('vary', 'authorization, cookie');
    if (isHeld(tag, held)) {
      reply.status(304);
      return undefined;
    }
    const tile = this.kept.get(tag) ?? (await this.cut(grant, registry, keys, versions, address));
    this.kept.keep(tag, tile);
    reply.header('content-type', MVT_TYPE);
    return viewGranted(grant, tile);
  }

  /** Of each track. Counted one after the other, so that too many are refused before all are. */
  private async versions(grant: PositionGrant, registry: Registry, keys: readonly TrackKey[]): Promise<TrackVersion[]> {
    const versions: TrackVersion[] = [];
    let fixes = 0;
    for (const key of keys) {
      const version = await this.tracks.version(grant, registry, key);
      fixes += version.fixes;
      if (fixes > MOST_FIXES) throw tooLong();
      versions.push(version);
    }
    return versions;
  }

  private async cut(
    grant: PositionGrant,
    registry: Registry,
    keys: readonly TrackKey[],
    versions: readonly TrackVersion[],
    address: TileAddress,
  ): Promise<Uint8Array> {
    const tracks: NamedTrack[] = [];
    for (const [i, key] of keys.entries())
      tracks.push({ animal: key.animal, track: await this.tracks.track(grant, registry, key, versions[i]!) });
    return Buffer.from(await cutTile(tracks, address));
  }
}

function allAnimals(registry: Registry): string[] {
  return registry
    .animals()
    .map(({ id }) => id)
    .sort();
}
