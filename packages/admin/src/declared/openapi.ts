import { z } from 'zod';
import type { Access, Action, Described, FileSource, JsonSource } from '../page.ts';

type Offered = { readonly permission: Access; readonly describes?: Described | undefined };

/** What a service offers to machines and screens, as OpenAPI 3.1. Permissions stand under `x-permission`. */
export function openApiOf(service: {
  readonly title: string;
  readonly version: string;
  readonly json: readonly JsonSource[];
  readonly files: readonly FileSource[];
  readonly actions: readonly Action[];
}): object {
  const { title, version, json, files, actions } = service;
  const paths = [
    ...json.map((one) => [one.path, { get: { ...common(one), responses: answered('application/json', one) } }]),
    ...files.map((one) => [one.path, { get: { ...common(one), responses: answered(typeOf(one.path), one) } }]),
    ...actions.map((one) => [one.path, { post: { ...changed(one), responses: answered('application/json', one) } }]),
  ];
  return {
    openapi: '3.1.0',
    info: { title, version },
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token: `token add`.' },
        session: { type: 'apiKey', in: 'cookie', name: 'session', description: 'The session of an operator.' },
      },
      schemas: { Refused: schemaOf(REFUSED) },
    },
  };
}

const REFUSED = z.object({
  error: z.string().describe('a code, lower case with hyphens'),
  message: z.string().optional().describe('what is wrong and what to do'),
  about: z.union([z.string(), z.number()]).optional(),
  requestId: z.string().optional().describe('names the request in the log'),
});

const common = ({ permission, describes }: Offered) => ({
  ...(describes && { summary: describes.title.en, 'x-title-zh': describes.title.zh }),
  'x-permission': permission,
  security: [{ token: [] }, { session: [] }],
  parameters: Object.entries(describes?.query ?? {}).map(([name, filter]) => {
    const { description, 'x-description-zh': zh, ...schema } = schemaOf(filter);
    const words = description !== undefined && { description, 'x-description-zh': zh };
    return { name, in: 'query', required: !filter.safeParse(undefined).success, ...words, schema };
  }),
});

/** A change is only for sessions, with the token of `/console.json`. */
const changed = ({ needsPassword = false, describes, body, ...one }: Action) => ({
  ...common({ ...one, describes }),
  'x-needs-password': needsPassword,
  security: [{ session: [] }],
  requestBody: {
    required: true,
    content: { 'application/json': { schema: schemaOf(sentFor(describes?.body ?? body, needsPassword)) } },
  },
});

const sentFor = (body: z.ZodType, needsPassword: boolean) =>
  needsPassword && body instanceof z.ZodObject ? body.extend({ password: PASSWORD }) : body;

const PASSWORD = z.string().describe("the operator's own");

const ANYTHING = z.looseObject({});

function answered(type: string, { describes }: Offered) {
  const schema = type === 'application/json' ? schemaOf(describes?.answer ?? ANYTHING) : { type: 'string' };
  const refused = { 'application/json': { schema: { $ref: '#/components/schemas/Refused' } } };
  return {
    200: { description: 'the answer', content: { [type]: { schema } } },
    default: { description: 'refused', content: refused },
  };
}

function typeOf(path: string): string {
  if (path.endsWith('.csv')) return 'text/csv';
  return path.endsWith('.xlsx') ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' : 'text/plain';
}

function schemaOf(type: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
  return schema;
}
