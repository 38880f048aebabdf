import { type CollectionId, COLLECTION_IDS, COLLECTIONS, DEFAULT_LIMIT, MAX_LIMIT } from './collections.ts';
import { GEOJSON_TYPE, JSON_TYPE, OPENAPI_TYPE } from './documents.ts';

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
const PROBLEMS = {
  400: ref('responses', 'InvalidParameter'),
  401: ref('responses', 'Refused'),
  403: ref('responses', 'Refused'),
  500: ref('responses', 'ServerError'),
};

const PARAMETERS = {
  limit: {
    name: 'limit',
    in: 'query',
    required: false,
    description: 'Features on a page at most. More than the maximum is taken for the maximum.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    style: 'form',
    explode: false,
  },
  bbox: {
    name: 'bbox',
    in: 'query',
    required: false,
    description:
      'Only features in this box: west, south, east, north, degrees WGS 84; of six numbers the heights are left alone. ' +
      'West is greater than east where it crosses 180°. Features without a geometry are always there.',
    schema: {
      type: 'array',
      oneOf: [
        { minItems: 4, maxItems: 4 },
        { minItems: 6, maxItems: 6 },
      ],
      items: { type: 'number' },
    },
    style: 'form',
    explode: false,
  },
  datetime: {
    name: 'datetime',
    in: 'query',
    required: false,
    description:
      'Only features of this time: a moment, or two with a slash between, either of which may be `..`; RFC 3339 with an offset. ' +
      'Features without a time are always there.',
    schema: { type: 'string' },
    style: 'form',
    explode: false,
  },
  after: {
    name: 'after',
    in: 'query',
    required: false,
    description: 'Where the page before ended. Follow the link `next`, which holds it.',
    schema: { type: 'string' },
  },
  doubts: {
    name: 'doubts',
    in: 'query',
    required: false,
    description: '`with`: fixes that are not to be trusted too.',
    schema: { type: 'string', enum: ['with', 'without'], default: 'without' },
  },
  f: {
    name: 'f',
    in: 'query',
    required: false,
    description: 'The format: there is one.',
    schema: { type: 'string', enum: ['json'], default: 'json' },
  },
  featureId: {
    name: 'featureId',
    in: 'path',
    required: true,
    description: 'Id of the feature.',
    schema: { type: 'string' },
  },
};

/** The API as OpenAPI 3.0 has it (17-069r4, /req/oas30), with each collection by its name, as QGIS looks for its queryables. */
export function apiDocument(base: string) {
  return {
    openapi: '3.0.3',
    info: {
      title: 'Collarwatch, OGC API – Features',
      description: 'Collared animals, their fixes, the farms to protect and what visits there were.',
      version: '1.0.0',
    },
    servers: [{ url: base }],
    security: [{ bearer: [] }],
    paths: {
      '/': { get: operation('landingPage', 'The landing page', JSON_TYPE) },
      '/api': { get: operation('api', 'This description', OPENAPI_TYPE) },
      '/conformance': { get: operation('conformance', 'What of the standard is met', JSON_TYPE) },
      '/collections': { get: operation('collections', 'The collections', JSON_TYPE) },
      ...Object.fromEntries(COLLECTION_IDS.flatMap((id) => Object.entries(collectionPaths(id)))),
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      parameters: PARAMETERS,
      schemas: { Problem: PROBLEM_SCHEMA, FeatureCollection: COLLECTION_SCHEMA, Feature: FEATURE_SCHEMA },
      responses: {
        InvalidParameter: problem('A parameter is unknown, or its value is not as expected.'),
        Refused: problem('The credential is missing, or not one that may see positions.'),
        NotFound: problem('There is nothing of this name.'),
        ServerError: problem('Something went wrong inside the server.'),
      },
    },
  };
}

function collectionPaths(id: CollectionId): Record<string, object> {
  const { title } = COLLECTIONS[id];
  const path = `/collections/${id}`;
  const one = operation(`${id}Feature`, `One of ${title}`, GEOJSON_TYPE, [ref('parameters', 'featureId')], 'Feature');
  return {
    [path]: { get: operation(`${id}Collection`, title, JSON_TYPE) },
    [`${path}/items`]: {
      get: operation(`${id}Items`, `The features of ${title}`, GEOJSON_TYPE, itemsParameters(id), 'FeatureCollection'),
    },
    [`${path}/items/{featureId}`]: {
      get: { ...one, responses: { ...one.responses, 404: ref('responses', 'NotFound') } },
    },
  };
}

function itemsParameters(id: CollectionId): object[] {
  const { queryables } = COLLECTIONS[id];
  const doubts = id === 'fixes' ? ['doubts'] : [];
  return [
    ...['bbox', 'datetime', 'limit', 'after', ...doubts].map((name) => ref('parameters', name)),
    ...Object.entries(queryables).map(([name, { description, values }]) => ({
      name,
      in: 'query',
      required: false,
      description,
      schema: { type: 'string', ...(values && { enum: values }) },
      style: 'form',
      explode: false,
    })),
  ];
}

function operation(operationId: string, summary: string, type: string, parameters: object[] = [], schema?: string) {
  return {
    operationId,
    summary,
    parameters: [...parameters, ref('parameters', 'f')],
    responses: {
      200: {
        description: summary,
        content: { [type]: { schema: schema === undefined ? { type: 'object' } : ref('schemas', schema) } },
      },
      ...PROBLEMS,
    },
  };
}

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: ref('schemas', 'Problem') } } };
}

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
};
const FEATURE_SCHEMA = {
  type: 'object',
  required: ['type', 'id', 'geometry', 'properties'],
  properties: {
    type: { type: 'string', enum: ['Feature'] },
    id: { type: 'string' },
    geometry: { type: 'object', nullable: true },
    properties: { type: 'object', nullable: true },
  },
};
const COLLECTION_SCHEMA = {
  type: 'object',
  required: ['type', 'features'],
  properties: {
    type: { type: 'string', enum: ['FeatureCollection'] },
    features: { type: 'array', items: ref('schemas', 'Feature') },
    links: { type: 'array', items: { type: 'object' } },
    numberReturned: { type: 'integer' },
    numberMatched: { type: 'integer' },
    timeStamp: { type: 'string', format: 'date-time' },
  },
};
