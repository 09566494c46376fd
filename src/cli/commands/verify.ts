import {
  fileFlag,
  jsonFlag,
  profileArgument,
  switchFlag,
  textFlag,
  timeoutFlag,
} from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly json: boolean;
  readonly invoke: boolean;
  readonly offline: boolean;
  readonly explain: boolean;
  readonly timeout: number;
  readonly manifest?: string;
  readonly health?: string;
};

export const command = defineCommand<Flags, [profile?: string]>({
  brief: "Check the whole chain, from the file to Claude Code's answer",
  description: "Says what is wrong, why, and what to do about it:\n" +
    "  file      the secrets file opens, and has the profile\n" +
    "  clock     this machine's clock against AWS's\n" +
    "  identity  whose key it is\n" +
    "  session   what leaves us: a session of the key, a role, what the machine has\n" +
    "  models    the pinned models, as far as this key may ask\n" +
    "  answer    a model answers with one token, streamed, as Claude Code asks\n" +
    "  claude    Claude Code would use this key, region and model\n" +
    "  age       told when the key is due to be replaced, by what status learnt",
  examples: [
    ["credsmith verify", "the default profile"],
    ["credsmith verify work", "another profile"],
    ["credsmith verify --no-invoke", "without having a model answer"],
    ["credsmith verify --offline", "what can be seen without the network"],
    ["credsmith verify --explain", "which source is taken, and what would override it"],
    ["credsmith verify --json", "for programs"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "credentials invalid or expired, or the clock is wrong",
    6: "access denied: policy, model, quota",
    7: "temporary: network, throttling",
    9: "something could not be proved, or Claude Code would use something else",
  },
  parameters: {
    positional: profileArgument,
    flags: {
      engine: engineFlag,
      file: fileFlag,
      json: jsonFlag,
      invoke: { kind: "boolean", brief: "Have a model answer, for one token", default: true },
      offline: switchFlag("Only what can be seen without the network"),
      explain: switchFlag("Only which source is taken, and what would override it here"),
      timeout: timeoutFlag(10),
      manifest: textFlag("FILE", "What a loader's secret files hold, in place of a secrets file"),
      health: textFlag("FILE", "All that a host's plan names, the result left where it says"),
    },
    aliases: { f: "file" },
  },
  async run(context, flags, profile) {
    const { manifest, health } = flags;
    if (health !== undefined) {
      refuseBeside("--health", { ...flags, profile }, [
        "file",
        "manifest",
        "offline",
        "explain",
        "profile",
      ]);
      const { verifyHealth } = await import("../verify/health.ts");
      return await verifyHealth(context, { ...flags, health });
    }
    if (manifest !== undefined) {
      refuseBeside("--manifest", flags, ["file", "offline", "explain"]);
      const { verifyManifest } = await import("../verify/manifest.ts");
      return await verifyManifest(context, { ...flags, manifest }, profile ?? "default");
    }
    if (flags.explain) {
      const { verifyExplain } = await import("../verify/explain/run.ts");
      return await verifyExplain(context, flags, profile ?? "default");
    }
    if (flags.offline) {
      context.narrow(["read", "env", "sys", "run"]);
      const { verifyOffline } = await import("../verify/offline.ts");
      return await verifyOffline(context, flags, profile ?? "default");
    }
    const { verifyOnline } = await import("../verify/online.ts");
    return await verifyOnline(context, flags, profile ?? "default");
  },
});

function refuseBeside(
  flag: string,
  given: Readonly<Record<string, unknown>>,
  others: readonly string[],
): void {
  const [other] = others.filter((name) => given[name] !== undefined && given[name] !== false);
  if (other === undefined) return;
  const shown = other === "profile" ? `"${given[other]}"` : `--${other}`;
  throw new UsageError(`Cannot take ${shown} beside ${flag}, which says it already`);
}
