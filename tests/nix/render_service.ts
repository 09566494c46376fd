import type { Outcome } from "../support/machine.ts";

const script = new URL("../../modules/nixos/render_service.sh", import.meta.url).pathname;

/** A folder with secret files `f0`, `f1`, …, gone when it goes out of scope. */
export async function secretFolder(
  values: readonly (string | Uint8Array)[],
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "credsmith-test-" });
  await Deno.mkdir(`${path}/1`);
  await Deno.symlink("1", `${path}/secrets`);
  for (const [index, value] of values.entries()) {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    await Deno.writeFile(`${path}/1/f${index}`, bytes);
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Runs what a host runs for a service, from `FOLDER/secrets` to `FOLDER/out`. */
export async function render(folder: string, words: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [script, "billing.service", `${folder}/out`, `${folder}/secrets`, ...words],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
