import { startLineProgram } from "../platform/plugins.ts";
import { Secret } from "../sops/secret.ts";
import type { ConnectPlugin } from "../sops/keys/plugin.ts";
import type { AskPassphrase } from "../sops/keys/unseal.ts";
import type { Context } from "./command.ts";
import type { Prompts } from "./prompts/prompts.ts";

/**
 * What identities ask of a person: a passphrase, and what age plugins want to know. Nobody is asked
 * where standard input is no terminal.
 *
 * @returns what `loadIdentities` takes
 */
export function askingOf(
  context: Pick<Context, "env" | "terminal">,
): { readonly ask: AskPassphrase; readonly connect: ConnectPlugin } {
  let known: Prompts | undefined;
  const prompts = async () => {
    if (!Deno.stdin.isTerminal()) return undefined;
    const { systemPrompts } = await import("./prompts/system.ts");
    // The same ones for every question: they keep what was typed ahead.
    return known ??= systemPrompts(context.env);
  };
  const connect = (plugin: string, protocol: string) =>
    Promise.resolve(startLineProgram(`age-plugin-${plugin}`, [`--age-plugin=${protocol}`], {
      folder: "/",
    }));
  return {
    ask: async (what, source) =>
      (await prompts())?.askPassphrase(`Passphrase of the ${what} ${source}`),
    connect: Object.assign(connect, {
      person: {
        tell: (plugin: string, message: string) => {
          context.terminal.note(`${plugin}: ${oneLine(message)}`);
          return Promise.resolve();
        },
        async ask(plugin: string, prompt: string, secret: boolean) {
          const label = `${plugin}: ${oneLine(prompt)}`;
          const asking = await prompts();
          if (!asking) return undefined;
          return secret
            ? await asking.askPassphrase(label)
            : new Secret(await asking.askText(label));
        },
        async confirm(plugin: string, prompt: string, yes: string, no?: string) {
          const words = [yes, ...(no === undefined ? [] : [no])].map(oneLine).join(" / ");
          return await (await prompts())?.confirm(`${plugin}: ${oneLine(prompt)} (${words})`, true);
        },
      },
    }),
  };
}

/** A plugin's words, without what could move the cursor. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim();
}
