import { InvalidRuleError } from "./errors.ts";

/** A mapping in a `.sops.yaml`. */
export type Fields = Readonly<Record<string, unknown>>;

export function mappingOr(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidRuleError(where, "no mapping");
  }
  return value as Fields;
}

export function listOf(value: unknown, where: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new InvalidRuleError(where, "no list");
  return value;
}

export function textOf(fields: Fields, field: string, where: string): string | undefined {
  const value = fields[field];
  if (value === undefined || value === null) return undefined;
  // Go's YAML gives numbers and booleans to a text field as they are written.
  if (typeof value === "object") throw new InvalidRuleError(`${where}.${field}`, "no text");
  return String(value);
}

export function flagOf(fields: Fields, field: string, where: string): boolean {
  const value = fields[field] ?? false;
  if (typeof value === "boolean") return value;
  // Go's YAML knows the words of YAML 1.1 where a boolean is wanted.
  if (/^(?:[yY]|[yY]es|YES|[oO]n|ON)$/.test(String(value))) return true;
  if (/^(?:[nN]|[nN]o|NO|[oO]ff|OFF)$/.test(String(value))) return false;
  throw new InvalidRuleError(`${where}.${field}`, "neither true nor false");
}

export function numberOf(fields: Fields, field: string, where: string): number | undefined {
  const value = fields[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new InvalidRuleError(`${where}.${field}`, "no whole number");
  }
  return value;
}
