import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { homeWithSecrets } from "../support/sops_file.ts";

const root = new URL("../../", import.meta.url).pathname;
const commands = ["--help", "get", "get --json", "get aws_region", "get --help"];

for (const command of commands) {
  const line =
    `"$0" run -A --quiet --no-prompt --config=${root}deno.json ${root}src/main.ts ${command}`;

  peerTest(
    ["linux", "bash"],
    `credsmith ${command}: a full disk behind stdout is named`,
    async () => {
      await using home = await temporaryHome(await homeWithSecrets());
      const result = await home.program("bash", ["-c", `${line} >/dev/full`, Deno.execPath()]);
      assert.equal(result.code, 9, result.stderr);
      assert.match(result.stderr, /^Cannot write to standard output: No space left on device/);
    },
  );

  peerTest(["bash"], `credsmith ${command}: a reader that is gone is no error`, async () => {
    await using home = await temporaryHome(await homeWithSecrets());
    const gone = `${line} > >(exec <&-; sleep 0) ; wait; exit 0`;
    const result = await home.program("bash", ["-c", gone, Deno.execPath()]);
    assert.deepEqual([result.code, result.stderr], [0, ""]);
  });
}
