import { loader, type Shell, shells } from "../../loader/emit.ts";
import { parseManifest } from "../../loader/manifest.ts";
import { defineCommand } from "../command.ts";

type Flags = {
  readonly shell: Shell;
  readonly manifest: string;
  readonly profile?: string;
};

const manifestLimit = 1 << 20;

/** `credsmith load-env`: a manifest in, a loader out. It reads one file and opens nothing else. */
export const command = defineCommand<Flags>({
  brief: "Print a loader: a script that puts secret files into a shell's environment",
  description:
    `Source the script, do not run it. It takes "PROFILE", "--unload" and "--quiet"; where "." takes
no words (dash and other plain shells), they stand in CREDSMITH_LOAD. The script for "sh" works in
every Bourne shell, bash and zsh included.`,
  parameters: {
    flags: {
      shell: { kind: "enum", values: shells, brief: "The shell that will source it" },
      manifest: {
        kind: "parsed",
        parse: String,
        placeholder: "FILE",
        default: "-",
        brief: "The manifest; - is standard input",
      },
      profile: {
        kind: "parsed",
        parse: String,
        placeholder: "NAME",
        optional: true,
        brief: "The profile that is loaded when none is named (default: default, or the only one)",
      },
    },
  },
  examples: [
    ["credsmith load-env --shell bash --manifest m.json >load.bash", "then: source load.bash"],
    ["credsmith load-env --shell fish <m.json >load.fish", "for fish, from standard input"],
  ],
  async run({ terminal }, { shell, manifest, profile }) {
    terminal.out(loader(parseManifest(await manifestBytes(manifest)), shell, profile));
  },
});

/** Each reader is loaded only where it is used: new shells wait for this command. */
async function manifestBytes(path: string): Promise<Uint8Array> {
  if (path === "-") {
    const { readAllStdin } = await import("../../platform/stdin.ts");
    return await readAllStdin(manifestLimit);
  }
  const { readFile } = await import("../../platform/files.ts");
  return readFile(path).bytes;
}
