import assert from "node:assert/strict";
import { search } from "../../demo/search.ts";
import { temporaryHome } from "../support/home.ts";

const main = new URL("../../demo/main.ts", import.meta.url).pathname;
const config = new URL("../../deno.json", import.meta.url).pathname;

/** The demo as a child, in a folder for temporary files of its own. */
function demo(folder: string): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--cached-only", `--config=${config}`, main],
    env: { CREDSMITH_DEMO_FOLDER: folder },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("the demo shows the whole life of a credential, and leaves nothing", async () => {
  await using home = await temporaryHome();
  const { code, stdout, stderr } = await demo(home.runtime).output();
  const text = decode(stdout);
  assert.equal(code, 0, decode(stderr) + text);
  assert.equal(decode(stderr), "");
  // deno-lint-ignore no-control-regex -- that there is no control character is what is asserted
  assert.ok(!/[\x00-\x09\x0b-\x1f\x7f]/.test(text));
  const headings = [...text.matchAll(/^(\d)\. /gm)].map(([, number]) => Number(number));
  assert.deepEqual(headings, [1, 2, 3, 4, 5, 6, 7, 8]);
  const words = ["init", "verify", "set", "unlock", "exec", "claude configure", "lock", "shred"];
  for (const word of words) assert.ok(text.includes(`credsmith ${word}`), word);
  const causes = ["secret_wrong", "clock_skew", "model_not_granted", "inference_profile_needed"];
  for (const cause of causes) assert.ok(text.includes(`[${cause}]`), cause);
  assert.match(text, /^Found: nowhere$/m);
  assert.deepEqual([...Deno.readDirSync(home.runtime)], []);
});

Deno.test("the demo ended by Ctrl-C leaves nothing", async () => {
  await using home = await temporaryHome();
  const child = demo(home.runtime).spawn();
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (/^3\. /m.test(text)) break;
  }
  child.kill("SIGINT");
  const { code } = await child.status;
  await child.stderr.cancel();
  assert.equal(code, 130);
  assert.deepEqual([...Deno.readDirSync(home.runtime)], []);
});

const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const bytes = new TextEncoder().encode(secret);
const hidden: readonly (readonly [string, string, string | undefined])[] = [
  ["as it is", `x${secret}y`, "as it is"],
  ["in base64", bytes.toBase64(), "base64"],
  ["in base64 of a longer text", btoa(`a${secret}b`), "base64"],
  ["in base64 of another longer text", btoa(`ab${secret}`), "base64"],
  ["in hexadecimal", bytes.toHex(), "hexadecimal"],
  ["in capital hexadecimal", bytes.toHex().toUpperCase(), "hexadecimal"],
  ["cut short", secret.slice(1), undefined],
];
for (const [name, content, form] of hidden) {
  Deno.test(`the demo's search: a secret ${name} is ${form ? "found" : "none"}`, async () => {
    await using home = await temporaryHome({ "deep/down/.file": content, "other": "nothing" });
    const { files, finds } = await search(home.path, [secret]);
    assert.equal(files, 2);
    assert.deepEqual(finds.map((find) => find.form), form ? [form] : []);
  });
}
