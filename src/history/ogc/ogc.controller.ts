import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { BlockList } from 'node:net';
import { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, Checked, checked, QuerySchema } from '../../access/checked-input.ts';
import { proxyList } from '../../access/origin.ts';
import type { Principal } from '../../access/principal.ts';
import { grantPositions, textWithoutPosition, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import { CONFIG, type Config } from '../../config.ts';
import { Problem } from '../../domain/problem.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import { AnimalFeatures } from './animal-features.ts';
import { type AskedRequest, baseAddress } from './base-address.ts';
import { type CollectionId, COLLECTION_IDS } from './collections.ts';
import {
  collectionDocument,
  collectionsDocument,
  conformance,
  GEOJSON_TYPE,
  JSON_TYPE,
  landingPage,
  OPENAPI_TYPE,
} from './documents.ts';
import { FarmFeatures } from './farm-features.ts';
import { featureDocument, pageDocument } from './feature-documents.ts';
import type { Asker, FeatureSource } from './feature-source.ts';
import { FixFeatures } from './fix-features.ts';
import { featureQuery, itemsQuery, PlainQuery } from './items-query.ts';
import { apiDocument } from './openapi.ts';
import { VisitFeatures } from './visit-features.ts';

/** What this controller needs of Fastify's reply. */
interface HeaderReply {
  header(name: string, value: string): this;
}

/** OGC API – Features, Part 1: Core (17-069r4), for QGIS and other programs that know maps. Under `/ogc` and under the base of REST. */
@ApiTags('ogc')
@Controller(['ogc', 'api/v1/ogc'])
export class OgcController {
  private readonly proxies: BlockList;
  private readonly sources: Readonly<Record<CollectionId, FeatureSource>>;

  constructor(
    private readonly directory: CollarDirectory,
    @Inject(CONFIG) config: Pick<Config, 'TRUSTED_PROXIES'>,
    animals: AnimalFeatures,
    farms: FarmFeatures,
    fixes: FixFeatures,
    visits: VisitFeatures,
  ) {
    this.proxies = proxyList(config.TRUSTED_PROXIES);
    this.sources = { animals, farms, fixes, visits };
  }

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'OGC API – Features: the landing page' })
  @QuerySchema(PlainQuery)
  landing(
    @Query(Checked(PlainQuery)) _query: object,
    @Req() request: AskedRequest,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Visible<string> {
    answerAs(reply, JSON_TYPE);
    return textWithoutPosition(JSON.stringify(landingPage(this.base(request))));
  }

  @Get('conformance')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'What of the standard is met' })
  @QuerySchema(PlainQuery)
  conformance(
    @Query(Checked(PlainQuery)) _query: object,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Visible<string> {
    answerAs(reply, JSON_TYPE);
    return textWithoutPosition(JSON.stringify(conformance()));
  }

  @Get('api')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'The OGC API described, as OpenAPI 3.0' })
  @QuerySchema(PlainQuery)
  api(
    @Query(Checked(PlainQuery)) _query: object,
    @Req() request: AskedRequest,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Visible<string> {
    answerAs(reply, OPENAPI_TYPE);
    return textWithoutPosition(JSON.stringify(apiDocument(this.base(request))));
  }

  @Get('collections')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'The collections: animals, farms, fixes, visits' })
  @QuerySchema(PlainQuery)
  async collections(
    @Caller() caller: Principal,
    @Query(Checked(PlainQuery)) _query: object,
    @Req() request: AskedRequest,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Promise<Visible<string>> {
    const asker = await this.asker(caller);
    const { animals, farms, fixes, visits } = this.sources;
    const extents = {
      animals: await animals.extent(asker),
      farms: await farms.extent(asker),
      fixes: await fixes.extent(asker),
      visits: await visits.extent(asker),
    };
    answerAs(reply, JSON_TYPE);
    return viewGranted(asker.grant, JSON.stringify(collectionsDocument(this.base(request), extents)));
  }

  @Get('collections/:collection')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'A collection, with where and when its features are' })
  @QuerySchema(PlainQuery)
  async collection(
    @Caller() caller: Principal,
    @Param('collection') name: string,
    @Query(Checked(PlainQuery)) _query: object,
    @Req() request: AskedRequest,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Promise<Visible<string>> {
    const collection = knownCollection(name);
    const asker = await this.asker(caller);
    const extent = await this.sources[collection].extent(asker);
    answerAs(reply, JSON_TYPE);
    return viewGranted(asker.grant, JSON.stringify(collectionDocument(this.base(request), collection, extent)));
  }

  @Get('collections/:collection/items')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'The features of a collection, page by page' })
  @QuerySchema(itemsQuery('fixes'))
  @AnswerSchema(200, 'A FeatureCollection with links, numberReturned, timeStamp and, where it is known, numberMatched.')
  async items(
    @Caller() caller: Principal,
    @Param('collection') name: string,
    @Query(Checked(z.record(z.string(), z.unknown()))) given: Readonly<Record<string, unknown>>,
    @Req() request: AskedRequest,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Promise<Visible<string>> {
    const collection = knownCollection(name);
    const query = featureQuery(checked(itemsQuery(collection), given, 400));
    const asker = await this.asker(caller);
    const page = await this.sources[collection].page(asker, query);
    answerAs(reply, GEOJSON_TYPE);
    const asked = { base: this.base(request), collection, query: request.url.split('?')[1] ?? '' };
    return viewGranted(asker.grant, pageDocument(asked, page, Date.now()));
  }

  @Get('collections/:collection/items/:feature')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'One feature' })
  @QuerySchema(PlainQuery)
  async item(
    @Caller() caller: Principal,
    @Param('collection') name: string,
    @Param('feature') feature: string,
    @Query(Checked(PlainQuery)) _query: object,
    @Req() request: AskedRequest,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Promise<Visible<string>> {
    const collection = knownCollection(name);
    const asker = await this.asker(caller);
    const text = await this.sources[collection].one(asker, feature);
    if (text === null) throw new Problem(404, 'unknown-feature', 'There is no such feature in this collection.');
    answerAs(reply, GEOJSON_TYPE);
    return viewGranted(asker.grant, featureDocument(this.base(request), collection, feature, text));
  }

  private base(request: AskedRequest): string {
    return baseAddress(request, 'ogc', this.proxies);
  }

  private async asker(principal: Principal): Promise<Asker> {
    const grant = grantPositions(principal);
    return { principal, grant, registry: await this.directory.upToDate() };
  }
}

function knownCollection(name: string): CollectionId {
  const known = COLLECTION_IDS.find((id) => id === name);
  if (known === undefined)
    throw new Problem(
      404,
      'unknown-collection',
      `There is no such collection; there are ${COLLECTION_IDS.join(', ')}.`,
    );
  return known;
}

/** Who may see an answer is decided anew each time, and its links are for who asked: nobody in between keeps it. */
function answerAs(reply: HeaderReply, type: string): void {
  reply.header('content-type', type).header('cache-control', 'no-store').header('vary', 'authorization, cookie');
}
