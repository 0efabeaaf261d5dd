import { join } from "node:path";
import { ROOT } from "./database.ts";

/** The texts of the parts that /docs/asyncapi.yaml is made of, in no order. */
export function asyncApiParts(): Promise<readonly string[]> {
  const folder = join(ROOT, "src/web/docs/asyncapi");
  return Promise.all(
    [...new Bun.Glob("**/*").scanSync({ cwd: folder })].map((path) => Bun.file(join(folder, path)).text()),
  );
}

/** What is wrong with a value by a JSON Schema, as far as asyncapi.yaml uses it. An unknown keyword is a fault too. */
export function faultsOf(document: unknown, schema: unknown, value: unknown, path = "$"): readonly string[] {
  const rules = isObject(schema) ? schema : {};
  const ref = rules["$ref"];
  if (typeof ref === "string") return faultsOf(document, lookUp(document, ref), value, path);
  return Object.entries(rules).flatMap(([keyword, rule]) => {
    const check = KEYWORDS[keyword];
    return check ? check({ document, rule, rules, value, path }) : [`${path}: ${keyword} is not known here`];
  });
}

interface Checked {
  readonly document: unknown;
  readonly rule: unknown;
  readonly rules: Readonly<Record<string, unknown>>;
  readonly value: unknown;
  readonly path: string;
}

const unless = (isRight: boolean, fault: string) => (isRight ? [] : [fault]);

const KEYWORDS: Readonly<Record<string, (checked: Checked) => readonly string[]>> = {
  description: () => [],
  type: ({ rule, value, path }) =>
    unless([rule].flat().includes(typeOf(value)), `${path} is no ${[rule].flat().join(" or ")}`),
  enum: ({ rule, value, path }) => unless(Array.isArray(rule) && rule.includes(value), `${path} is not one of ${rule}`),
  const: ({ rule, value, path }) => unless(value === rule, `${path} is not ${rule}`),
  minimum: ({ rule, value, path }) => unless(Number(value) >= Number(rule), `${path} is under ${rule}`),
  minLength: ({ rule, value, path }) => unless(String(value).length >= Number(rule), `${path} is too short`),
  maxLength: ({ rule, value, path }) => unless(String(value).length <= Number(rule), `${path} is too long`),
  format: ({ rule, value, path }) =>
    unless(value === null || (FORMATS[String(rule)]?.test(String(value)) ?? false), `${path} is no ${rule}`),
  required: ({ rule, value, path }) =>
    [rule].flat().flatMap((name) => unless(isObject(value) && String(name) in value, `${path}.${name} is missing`)),
  additionalProperties: ({ rules, value, path }) =>
    Object.keys(isObject(value) ? value : {}).flatMap((name) =>
      unless(name in (isObject(rules["properties"]) ? rules["properties"] : {}), `${path}.${name} is not described`),
    ),
  properties: ({ document, rule, value, path }) =>
    Object.entries(isObject(rule) ? rule : {}).flatMap(([name, schema]) =>
      isObject(value) && name in value ? faultsOf(document, schema, value[name], `${path}.${name}`) : [],
    ),
  items: ({ document, rule, value, path }) =>
    (Array.isArray(value) ? value : []).flatMap((item, i) => faultsOf(document, rule, item, `${path}[${i}]`)),
};

const FORMATS: Readonly<Record<string, RegExp>> = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

function lookUp(document: unknown, ref: string): unknown {
  const found = ref
    .split("/")
    .slice(1)
    .reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), document);
  if (found === undefined) throw new Error(`${ref} leads nowhere`);
  return found;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
