/** Loaded before a command: at the end of the process it tries one deed of each kind. */
import type { PermissionKind } from "../../src/platform/permissions.ts";

const deeds: readonly (readonly [PermissionKind, () => unknown])[] = [
  ["read", () => Deno.readFileSync("/etc/passwd")],
  ["write", () => {
    const path = `${Deno.makeTempFileSync()}`;
    Deno.removeSync(path);
  }],
  ["net", () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close()],
  ["run", () => new Deno.Command("true").outputSync()],
  ["env", () => Deno.env.get("HOME")],
  ["sys", () => Deno.hostname()],
  ["ffi", () => Deno.dlopen(Deno.build.os === "darwin" ? "libc.dylib" : "libc.so.6", {}).close()],
];

globalThis.addEventListener("unload", () => {
  const left = deeds.flatMap(([kind, deed]) => {
    try {
      deed();
      return [kind];
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return [];
      throw error;
    }
  });
  Deno.stderr.writeSync(new TextEncoder().encode(`permissions left: ${JSON.stringify(left)}\n`));
});
