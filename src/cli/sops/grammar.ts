/**
 * The command line of sops, with the rules of the libraries that read it: Go's `flag` (one or two
 * dashes, `=`, the first word that is no flag ends them) and urfave/cli v1 (flags of a subcommand
 * may follow the file; a flag may be given under one of its names only).
 *
 * @see getsops/sops cmd/sops/main.go, urfave/cli v1.22 command.go, Go src/flag/flag.go
 */

/** A flag under all its names, the long one first. */
export interface FlagSpec {
  readonly names: readonly [string, ...string[]];
  readonly kind: "bool" | "string" | "int" | "list";
  /** The variable that gives its value where the command line does not. */
  readonly env?: string;
  /** What a bool is without the flag; false unless told. */
  readonly initial?: true;
}

/** The values of the flags, by long name; what was not given is absent. */
export interface Flags {
  bool(name: string): boolean;
  text(name: string): string;
  list(name: string): readonly string[];
  /** Whether it may be given several times, and all of them count. */
  repeats(name: string): boolean;
  /** `undefined` where it was not given. */
  int(name: string): number | undefined;
}

/** A command line that sops would not understand. */
export class GrammarError extends SyntaxError {
  override name = "GrammarError";
  constructor(message: string, readonly code: 1 | 3 = 1) {
    super(message);
  }
}

const bool = (...names: [string, ...string[]]): FlagSpec => ({ names, kind: "bool" });
const text = (name: string, env?: string, alias?: string): FlagSpec => ({
  names: alias ? [name, alias] : [name],
  kind: "string",
  env,
});
const int = (name: string): FlagSpec => ({ names: [name], kind: "int" });

const keyService: readonly FlagSpec[] = [
  {
    names: ["enable-local-keyservice"],
    kind: "bool",
    env: "SOPS_ENABLE_LOCAL_KEYSERVICE",
    initial: true,
  },
  { names: ["keyservice"], kind: "list", env: "SOPS_KEYSERVICE" },
];
const types = [text("input-type"), text("output-type")];
const decryptionOrder = text("decryption-order", "SOPS_DECRYPTION_ORDER");
const threshold = int("shamir-secret-sharing-threshold");
const recipients: readonly FlagSpec[] = [
  text("kms", "SOPS_KMS_ARN", "k"),
  text("aws-profile"),
  text("gcp-kms", "SOPS_GCP_KMS_IDS"),
  text("hckms", "SOPS_HUAWEICLOUD_KMS_IDS"),
  text("azure-kv", "SOPS_AZURE_KEYVAULT_URLS"),
  text("hc-vault-transit", "SOPS_VAULT_URIS"),
  text("pgp", "SOPS_PGP_FP", "p"),
  text("age", "SOPS_AGE_RECIPIENTS", "a"),
];
const selectors = [
  text("unencrypted-suffix"),
  text("encrypted-suffix"),
  text("unencrypted-regex"),
  text("encrypted-regex"),
];
const help = bool("help", "h");

/** The key types as they are spelled in flags. */
export const keyFlags = [
  "kms",
  "gcp-kms",
  "hckms",
  "azure-kv",
  "hc-vault-transit",
  "pgp",
  "age",
] as const;
const keyChanges = keyFlags.flatMap((type) => [text(`add-${type}`), text(`rm-${type}`)]);

const inPlace = bool("in-place", "i");

/** The flags that stand before a subcommand, and those of the forms without one. */
const rootFlags: readonly FlagSpec[] = [
  bool("decrypt", "d"),
  bool("encrypt", "e"),
  bool("rotate", "r"),
  { ...bool("disable-version-check"), env: "SOPS_DISABLE_VERSION_CHECK" },
  bool("check-for-updates"),
  ...recipients,
  inPlace,
  text("extract"),
  ...types,
  bool("show-master-keys", "s"),
  ...keyChanges,
  bool("ignore-mac"),
  bool("mac-only-encrypted"),
  ...selectors,
  text("unencrypted-comment-regex"),
  text("encrypted-comment-regex"),
  text("config", "SOPS_CONFIG"),
  text("encryption-context"),
  text("set"),
  threshold,
  int("indent"),
  bool("verbose"),
  text("output"),
  text("filename-override"),
  decryptionOrder,
  ...keyService,
  help,
  bool("version", "v"),
];

/** The subcommands that are ours, with their flags. */
const subcommandFlags = {
  decrypt: [
    inPlace,
    text("extract"),
    text("output"),
    ...types,
    bool("ignore-mac"),
    text("filename-override"),
    decryptionOrder,
    ...keyService,
    help,
  ],
  encrypt: [
    inPlace,
    text("output"),
    ...recipients,
    ...types,
    ...selectors,
    text("encryption-context"),
    threshold,
    text("filename-override"),
    ...keyService,
    help,
  ],
  edit: [
    ...recipients,
    ...types,
    ...selectors,
    text("encryption-context"),
    threshold,
    bool("show-master-keys", "s"),
    bool("ignore-mac"),
    decryptionOrder,
    ...keyService,
    help,
  ],
  set: [
    ...types,
    bool("value-file"),
    bool("value-stdin"),
    threshold,
    bool("ignore-mac"),
    decryptionOrder,
    bool("idempotent"),
    ...keyService,
    help,
  ],
  unset: [
    ...types,
    threshold,
    bool("ignore-mac"),
    decryptionOrder,
    bool("idempotent"),
    ...keyService,
    help,
  ],
  rotate: [
    inPlace,
    text("output"),
    ...types,
    text("encryption-context"),
    ...keyChanges,
    text("filename-override"),
    decryptionOrder,
    ...keyService,
    help,
  ],
  updatekeys: [bool("yes", "y"), text("input-type"), ...keyService, help],
  filestatus: [text("input-type"), help],
  "exec-env": [
    bool("background"),
    bool("pristine"),
    text("user"),
    bool("same-process"),
    decryptionOrder,
    ...keyService,
    help,
  ],
  "exec-file": [
    bool("background"),
    bool("no-fifo"),
    text("user"),
    ...types,
    text("filename"),
    decryptionOrder,
    ...keyService,
    help,
  ],
  "groups add": [
    text("file", undefined, "f"),
    ...keyFlags.map((type): FlagSpec => ({ names: [type], kind: "list" })),
    text("aws-profile"),
    inPlace,
    threshold,
    text("encryption-context"),
    ...keyService,
    help,
  ],
  "groups delete": [text("file", undefined, "f"), inPlace, threshold, ...keyService, help],
} as const satisfies Record<string, readonly FlagSpec[]>;

export type Subcommand = keyof typeof subcommandFlags;

const topLevel: readonly string[] = Object.keys(subcommandFlags)
  .filter((name) => !name.includes(" "));

/** Subcommands that are left to the sops program. */
const foreignSubcommands: readonly string[] = ["completion", "publish", "keyservice"];

/** Asks for completions; always the last word. */
const completing = "--generate-bash-completion";

/** A command line, read. */
export interface CommandLine {
  readonly subcommand: Subcommand | "help" | "root" | "foreign";
  /** The name that was given, where it is a subcommand. */
  readonly name?: string;
  /** The flags before the subcommand; the only ones where there is none. */
  readonly root: Flags;
  /** The flags of the subcommand; the root's where there is none. */
  readonly flags: Flags;
  /** What is no flag, without the subcommand's name. */
  readonly words: readonly string[];
}

/**
 * Reads a command line of sops.
 *
 * @param args what follows `sops`
 * @throws {GrammarError} where sops prints `Incorrect Usage` and exits with 1
 */
export function parseCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): CommandLine {
  if (args.at(-1) === completing) {
    const { flags } = parseFlags([], [], env);
    return { subcommand: "foreign", name: completing, root: flags, flags, words: [] };
  }
  const { flags: root, rest } = parseFlags(rootFlags, args, env);
  if (root.bool("help")) return { subcommand: "help", root, flags: root, words: [] };
  const [name, ...tail] = rest;
  if (root.bool("version") || name === undefined) {
    return { subcommand: "root", root, flags: root, words: rest };
  }
  if (name === "help" || name === "h") {
    const topics = [...topLevel, ...foreignSubcommands, "groups", "help", "h"];
    if (tail[0] !== undefined && !topics.includes(tail[0])) {
      throw new GrammarError(`No help topic for '${tail[0]}'`, 3);
    }
    return { subcommand: "help", name: tail[0], root, flags: root, words: tail };
  }
  if (foreignSubcommands.includes(name)) {
    return { subcommand: "foreign", name, root, flags: root, words: tail };
  }
  if (name === "groups") return parseGroups(root, tail, env);
  if (!topLevel.includes(name)) return { subcommand: "root", root, flags: root, words: rest };
  return parseSubcommand(name as Subcommand, root, tail, env);
}

/** `groups` has subcommands of its own. */
function parseGroups(
  root: Flags,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): CommandLine {
  const { flags, rest: [name, ...tail] } = parseFlags([help], args, env);
  const asked = name === "help" || name === "h" ? tail[0] : name;
  const line = { subcommand: "help", name: "groups", root, flags, words: [] } as const;
  if (asked === undefined || flags.bool("help")) return line;
  const full = `groups ${asked}`;
  if (!isSubcommand(full)) throw new GrammarError(`No help topic for '${asked}'`, 3);
  return asked === name ? parseSubcommand(full, root, tail, env) : { ...line, name: full };
}

function parseSubcommand(
  name: Subcommand,
  root: Flags,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): CommandLine {
  const specs: readonly FlagSpec[] = subcommandFlags[name];
  const { flags, rest: words } = parseFlags(specs, reorder(specs, args), env);
  if (flags.bool("help")) return { subcommand: "help", name, root, flags, words };
  return { subcommand: name, name, root, flags, words };
}

function isSubcommand(name: string): name is Subcommand {
  return Object.hasOwn(subcommandFlags, name);
}

/** Reads flags up to the first word that is none, or to `--`. */
function parseFlags(
  specs: readonly FlagSpec[],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { flags: Flags; rest: readonly string[] } {
  const given = new Map<FlagSpec, { name: string; values: string[] }>();
  let index = 0;
  while (index < args.length) {
    const word = args[index]!;
    if (word.length < 2 || word[0] !== "-") break;
    index++;
    if (word === "--") break;
    const body = word.slice(word.startsWith("--") ? 2 : 1);
    if (/^($|[-=])/.test(body)) throw new GrammarError(`bad flag syntax: ${body}`);
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    const spec = specs.find((each) => each.names.includes(name));
    if (!spec) throw new GrammarError(`flag provided but not defined: -${name}`);
    let value = equals < 0 ? undefined : body.slice(equals + 1);
    if (spec.kind === "bool") {
      value ??= "true";
      if (parseBool(value) === undefined) {
        throw new GrammarError(`invalid boolean value for -${name}`);
      }
    } else if (value === undefined) {
      if (index >= args.length) throw new GrammarError(`flag needs an argument: -${name}`);
      value = args[index++]!;
    }
    if (spec.kind === "int" && parseInteger(value) === undefined) {
      throw new GrammarError(`invalid value for flag -${name}: no whole number`);
    }
    const earlier = given.get(spec);
    if (earlier && earlier.name !== name && spec.kind !== "list") {
      throw new GrammarError(`Cannot use two forms of the same flag: ${earlier.name} ${name}`);
    }
    given.set(spec, { name, values: [...(earlier?.values ?? []), value] });
  }
  const valuesOf = (name: string): readonly string[] => {
    const spec = specs.find((each) => each.names[0] === name);
    if (!spec) return [];
    const fromLine = given.get(spec)?.values;
    if (fromLine) return fromLine;
    const fromEnv = spec.env === undefined ? undefined : env[spec.env];
    if (fromEnv) return spec.kind === "list" ? fromEnv.split(",") : [fromEnv];
    return spec.initial ? ["true"] : [];
  };
  return {
    flags: {
      bool: (name) => parseBool(valuesOf(name).at(-1) ?? "false") ?? false,
      text: (name) => valuesOf(name).at(-1) ?? "",
      list: valuesOf,
      repeats: (name) => specs.some(({ names, kind }) => names[0] === name && kind === "list"),
      int: (name) => parseInteger(valuesOf(name).at(-1) ?? ""),
    },
    rest: args.slice(index),
  };
}

/**
 * Moves the flags of a subcommand before its other words, as urfave/cli does: a word after a flag
 * that has no `=` goes with it, even where the flag takes no value.
 */
function reorder(specs: readonly FlagSpec[], args: readonly string[]): string[] {
  const isFlag = (word: string) => {
    if (!/^-./.test(word) || word === "--") return false;
    const name = word.replace(/^--?/, "").split("=")[0]!;
    return specs.some((spec) => spec.names.includes(name));
  };
  const flags: string[] = [];
  let words: string[] = [];
  let valueMayFollow = false;
  for (const [index, word] of args.entries()) {
    if (valueMayFollow && !isFlag(word)) {
      valueMayFollow = false;
      flags.push(word);
    } else if (word === "--") {
      words = ["--", ...words, ...args.slice(index + 1)];
      break;
    } else if (isFlag(word)) {
      flags.push(word);
      valueMayFollow = !word.includes("=");
    } else {
      words.push(word);
    }
  }
  return [...flags, ...words];
}

/** Go's strconv.ParseBool. */
function parseBool(text: string): boolean | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  return undefined;
}

/** Go's strconv.ParseInt with base 0, as far as people use it. */
function parseInteger(text: string): number | undefined {
  return /^[+-]?(\d+|0[xX][\da-fA-F]+)$/.test(text) ? Number(text.replace(/^\+/, "")) : undefined;
}
