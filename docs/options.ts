/** `docs/reference/options.md`, from the options of the Nix modules. It needs Nix. */
import { evalJson } from "../tests/support/nix.ts";
import type { Page } from "./generate.ts";

/** Nix code, or words. */
export interface Rendered {
  readonly _type: "literalExpression" | "literalMD";
  readonly text: string;
}

export interface Option {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly default: Rendered | null;
  readonly example: Rendered | null;
}

const platforms = { nixos: "NixOS", home: "home-manager", darwin: "nix-darwin" } as const;
type Platform = keyof typeof platforms;
export type Options = Readonly<Record<Platform, readonly Option[]>>;

/** Every option that a user can set. */
export function allOptions(): Promise<Options> {
  return evalJson<Options>("docs/options.nix");
}

/** The page, as it ought to be now. */
export async function optionsPage(): Promise<Page> {
  const options = await allOptions();
  const names = new Set(Object.values(options).flat().map(({ name }) => name));
  const sections = [...names].sort(byName).map((name) => section(name, options));
  const text = [
    "# Options of the Nix modules",
    "`credsmith.…` in a configuration of NixOS, home-manager or nix-darwin. What is not said to be on " +
    "some of them alone is on all three. Written by `deno task docs`.",
    ...sections,
  ].join("\n\n");
  return { path: "docs/reference/options.md", text: await formatted(text) };
}

/** `enable` and `package` go before the rest of their folder, as in NixOS's manual. */
function byName(one: string, other: string): number {
  const key = (name: string) =>
    name.split(".").map((step) => (({ enable: " 0", package: " 1" })[step] ?? step)).join(".");
  return key(one) < key(other) ? -1 : 1;
}

function section(name: string, options: Options): string {
  const found = (Object.keys(platforms) as Platform[]).flatMap((platform) => {
    const option = options[platform].find((each) => each.name === name);
    return option ? [{ platform, option }] : [];
  });
  const [first] = found;
  if (!first) throw new Error(`no platform has ${name}`);
  const facts = (["type", "default", "example"] as const).flatMap((fact) => {
    const texts = found.map(({ platform, option }) => ({ platform, text: shown(option[fact]) }))
      .filter(({ text }) => text !== undefined);
    return texts.length ? [`- ${fact}: ${joined(texts as Told[])}`] : [];
  });
  const all = found.length === Object.keys(platforms).length;
  const where = all
    ? []
    : [`- on ${found.map(({ platform }) => platforms[platform]).join(" and ")}`];
  const descriptions = new Map(found.map(({ platform, option }) => [option.description, platform]));
  const words = descriptions.size === 1
    ? plain(first.option.description)
    : found.map(({ platform, option }) => `${platforms[platform]}: ${plain(option.description)}`)
      .join("\n\n");
  return [`## \`${name}\``, words, [...facts, ...where].join("\n")].join("\n\n");
}

interface Told {
  readonly platform: Platform;
  readonly text: string;
}

/** One text where all platforms agree, else each with its platform. */
function joined(texts: readonly Told[]): string {
  const byText = Map.groupBy(texts, ({ text }) => text);
  if (byText.size === 1) return texts[0]!.text;
  return [...byText].map(([text, told]) =>
    `${text} (${told.map(({ platform }) => platforms[platform]).join(" and ")})`
  ).join(", ");
}

function shown(value: Rendered | string | null): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return plain(value);
  const text = value.text.trim();
  if (value._type === "literalMD") return plain(text);
  return text.includes("\n")
    ? `\n\n  \`\`\`nix\n${text.replace(/^/gm, "  ")}\n  \`\`\`\n`
    : code(text);
}

const code = (text: string) => text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;

/** Without the roles that Nix's manuals have and Markdown has not. */
function plain(text: string): string {
  return text.trim().replace(/\{(?:option|manpage)\}`/g, "`");
}

async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "md", "--line-width", "100", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout } = await child.output();
  if (code !== 0) throw new Error(`deno fmt ended with ${code}`);
  return new TextDecoder().decode(stdout);
}
