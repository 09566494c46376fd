import { type Policy, policyJson } from "./document.ts";

export const policyFormats = ["json", "terraform", "cloudformation", "nix"] as const;

export type PolicyFormat = typeof policyFormats[number];

/** A policy with the name that it is to have. */
export interface Titled {
  /** `credsmith-claude-dev`: letters, digits, `-`. */
  readonly name: string;
  /** Who it is for, in one line. */
  readonly about: string;
  readonly policy: Policy;
}

/** Policies as text that is ready to be stored; ends with a line end. */
export function formatted(policies: readonly Titled[], format: PolicyFormat): string {
  switch (format) {
    case "json":
      return json(policies);
    case "terraform":
      return terraform(policies);
    case "cloudformation":
      return cloudFormation(policies);
    case "nix":
      return nix(policies);
  }
}

/** One policy as it is; several by their names, since a document holds no more than one. */
function json(policies: readonly Titled[]): string {
  const documents = policies.map(({ name, policy }) => [name, policyJson(policy)] as const);
  const [first] = documents;
  const value = documents.length === 1 ? first![1] : Object.fromEntries(documents);
  return `${JSON.stringify(value, null, 2)}\n`;
}

function terraform(policies: readonly Titled[]): string {
  const blocks = policies.map(({ name, about, policy }) =>
    [
      `# ${about}`,
      `resource "aws_iam_policy" "${name.replaceAll("-", "_")}" {`,
      `  name = ${hcl(name, "  ")}`,
      `  policy = jsonencode(${hcl(policyJson(policy), "  ")})`,
      "}",
    ].join("\n")
  );
  return `${blocks.join("\n\n")}\n`;
}

/** As `terraform fmt` has it: the equals signs of neighbouring lines below one another. */
function hcl(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === "string") {
    return JSON.stringify(value).replaceAll(/[$%](?=\{)/g, "$&$&");
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((each) => `${inner}${hcl(each, inner)},`);
    return `[\n${items.join("\n")}\n${indent}]`;
  }
  const entries = Object.entries(value as Record<string, unknown>)
    .map(([key, each]) => [/^\w+$/.test(key) ? key : JSON.stringify(key), hcl(each, inner)]);
  // A value of several lines ends a block of aligned ones.
  const lines: string[] = [];
  let block: string[][] = [];
  const flush = () => {
    const width = Math.max(0, ...block.map(([key]) => key!.length));
    lines.push(...block.map(([key, text]) => `${inner}${key!.padEnd(width)} = ${text}`));
    block = [];
  };
  for (const entry of entries) {
    block.push(entry);
    if (entry[1]!.includes("\n")) {
      const last = block.pop()!;
      flush();
      lines.push(`${inner}${last[0]} = ${last[1]}`);
    }
  }
  flush();
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function cloudFormation(policies: readonly Titled[]): string {
  const resources = policies.map(({ name, about, policy }) => {
    const id = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
    return [
      `  # ${about}`,
      `  ${id}:`,
      "    Type: AWS::IAM::ManagedPolicy",
      "    Properties:",
      `      ManagedPolicyName: ${name}`,
      `      PolicyDocument:${yaml(policyJson(policy), "        ")}`,
    ].join("\n");
  });
  return `AWSTemplateFormatVersion: "2010-09-09"\nResources:\n${resources.join("\n")}\n`;
}

/** YAML with every text in quotes, so that nothing is taken for a number, a date or a tag. */
function yaml(value: unknown, indent: string): string {
  if (typeof value === "string") return ` ${JSON.stringify(value)}`;
  if (Array.isArray(value)) {
    return value.map((each) =>
      typeof each === "string"
        ? `\n${indent}- ${JSON.stringify(each)}`
        : `\n${indent}-${yaml(each, `${indent}  `).replace(/^\n\s*/, " ")}`
    ).join("");
  }
  return Object.entries(value as Record<string, unknown>).map(([key, each]) =>
    `\n${indent}${/^\w+$/.test(key) ? key : JSON.stringify(key)}:${yaml(each, `${indent}  `)}`
  ).join("");
}

function nix(policies: readonly Titled[]): string {
  const [first] = policies;
  if (policies.length === 1) {
    return `# ${first!.about}\n${nixValue(policyJson(first!.policy), "")}\n`;
  }
  const entries = policies.map(({ name, about, policy }) =>
    `  # ${about}\n  ${nixKey(name)} = ${nixValue(policyJson(policy), "  ")};`
  );
  return `{\n${entries.join("\n")}\n}\n`;
}

function nixValue(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === "string") {
    return `"${value.replaceAll(/["\\]/g, "\\$&").replaceAll("${", "\\${")}"`;
  }
  if (Array.isArray(value)) {
    const items = value.map((each) => `${inner}${nixValue(each, inner)}`);
    return value.length ? `[\n${items.join("\n")}\n${indent}]` : "[ ]";
  }
  const entries = Object.entries(value as Record<string, unknown>)
    .map(([key, each]) => `${inner}${nixKey(key)} = ${nixValue(each, inner)};`);
  return entries.length ? `{\n${entries.join("\n")}\n${indent}}` : "{ }";
}

function nixKey(key: string): string {
  return /^[A-Za-z_][\w'-]*$/.test(key) ? key : `"${key}"`;
}
