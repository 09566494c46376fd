/** What a service is given, read back by the SDKs that it would use. */
import assert from "node:assert/strict";
import { peersFolder, peerTest } from "../support/peers.ts";
import { render, secretFolder } from "./render_service.ts";

const python = `${peersFolder()}/python/bin/python`;
const words = [
  "credentials:aws_access_key_id=f0",
  "credentials:aws_secret_access_key=f1",
  "credentials:aws_session_token?=f2",
  "config:region=f3",
];

/** What an SDK found, for each folder. */
type Found = readonly Readonly<Record<string, string | null>>[];

/** What botocore takes from the files in these folders. */
async function byBotocore(folders: readonly string[]): Promise<Found> {
  const program = `import json, os, sys, botocore.session
found = []
for folder in json.loads(sys.argv[1]):
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = folder + "/out/credentials"
    os.environ["AWS_CONFIG_FILE"] = folder + "/out/config"
    session = botocore.session.Session()
    c = session.get_credentials()
    found.append({"id": c.access_key, "secret": c.secret_key, "token": c.token, "region": session.get_config_variable("region")})
print(json.dumps(found))`;
  return await found(python, ["-c", program, JSON.stringify(folders)]);
}

/** What the JavaScript SDK takes from them. */
async function byJavaScript(folders: readonly string[]): Promise<Found> {
  const program = `import { STSClient } from "@aws-sdk/client-sts";
const found = [];
for (const folder of ${JSON.stringify(folders)}) {
  Deno.env.set("AWS_SHARED_CREDENTIALS_FILE", folder + "/out/credentials");
  Deno.env.set("AWS_CONFIG_FILE", folder + "/out/config");
  const { config } = new STSClient({});
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
  found.push({ id: accessKeyId, secret: secretAccessKey, token: sessionToken ?? null, region: await config.region() });
}
console.log(JSON.stringify(found));`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  return await found(Deno.execPath(), [
    "eval",
    "--cached-only",
    `--config=${config}`,
    "--ext=ts",
    program,
  ]);
}

async function found(program: string, args: readonly string[]): Promise<Found> {
  const { HOME, DENO_DIR } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { HOME: HOME!, ...(DENO_DIR ? { DENO_DIR } : {}), AWS_EC2_METADATA_DISABLED: "true" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const id = "AKIAIOSFODNN7EXAMPLE";
// deno-fmt-ignore -- a table
const values: readonly (readonly [string, string])[] = [
  ["a secret of AWS's", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY="],
  ["double quotes", `"wJalr"XUtn"`],
  ["single quotes", "'wJalr'XUtn'"],
  ["a hash and a semicolon", "wJalr#XUtn;FEMI"],
  ["equals signs", "=wJalr==XUtn="],
  ["spaces within", "wJalr  XUtn"],
  ["a colon", "wJalr:XUtn"],
  ["brackets", "[wJalr]"],
  ["percent signs and dollars", "%(wJalr)s$XUtn%%"],
  ["a backslash", "wJalr\\nXUtn\\"],
  ["no ASCII", "wJälr€"],
];
for (
  const [sdk, read] of [["botocore", byBotocore], ["AWS's JavaScript SDK", byJavaScript]] as const
) {
  peerTest(["bash", "moto_server"], `${sdk} reads back every value that is rendered`, async () => {
    await using stack = new AsyncDisposableStack();
    const folders: string[] = [];
    for (const [name, value] of values) {
      const { path } = stack.use(await secretFolder([id, value, value, "us-east-1"]));
      const { code, stderr } = await render(path, words);
      assert.equal(code, 0, `${name}: ${stderr}`);
      folders.push(path);
    }
    const expected = values.map(([, value]) => ({
      id,
      secret: value,
      token: value,
      region: "us-east-1",
    }));
    assert.deepEqual(await read(folders), expected);
  });
}

peerTest(
  ["bash"],
  "a line end after a value is no part of it, and what is optional may be absent",
  async () => {
    await using folder = await secretFolder([`${id}\n`, "secret\n"]);
    await Deno.writeTextFile(`${folder.path}/1/f3`, "us-east-1\n");
    const { code, stderr } = await render(folder.path, words);
    assert.equal(code, 0, stderr);
    assert.equal(
      await Deno.readTextFile(`${folder.path}/out/credentials`),
      `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`,
    );
  },
);

const encoder = new TextEncoder();
// deno-fmt-ignore -- a table
const refused: readonly (readonly [string, string | Uint8Array, string])[] = [
  ["a line break", "secret\ncredential_process = evil", "has a line break, or another control character"],
  ["a carriage return", "secret\r", "has a line break, or another control character"],
  ["two line ends", "secret\n\n", "has a line break, or another control character"],
  ["a tab", "a\tb", "has a line break, or another control character"],
  ["a NUL byte", encoder.encode("sec\0ret"), "has a NUL byte"],
  ["a blank at its end", "secret ", "begins or ends with a blank"],
  ["a blank at its beginning", " secret", "begins or ends with a blank"],
  ["a comment", "secret # of mine", "has what AWS SDKs take for a comment"],
  ["another comment", "secret ;of mine", "has what AWS SDKs take for a comment"],
  ["a comment alone", "#secret", "has what AWS SDKs take for a comment"],
  ["nothing", "", "is empty"],
];
for (const [name, value, reason] of refused) {
  peerTest(
    ["bash"],
    `a service is refused a value with ${name}, and keeps what it had`,
    async () => {
      await using folder = await secretFolder([id, value, id, "us-east-1"]);
      await Deno.mkdir(`${folder.path}/out`);
      await Deno.writeTextFile(`${folder.path}/out/credentials`, "as before");
      const { code, stdout, stderr } = await render(folder.path, words);
      assert.equal(code, 1);
      assert.equal(
        stdout + stderr,
        `Cannot give "billing.service" its credentials: "f1" ${reason}\n` +
          `  ${
            reason === "is empty" ? "write the value" : "write the value again"
          }: credsmith set\n`,
      );
      assert.equal(await Deno.readTextFile(`${folder.path}/out/credentials`), "as before");
    },
  );
}

peerTest(["bash"], "what is rendered is for root alone", async () => {
  await using folder = await secretFolder([id, "secret", "token", "us-east-1"]);
  await render(folder.path, words);
  const modes: Record<string, number> = {};
  for (const name of ["", "/credentials", "/config", "/environment"]) {
    modes[name] = (await Deno.stat(`${folder.path}/out${name}`)).mode! & 0o777;
  }
  assert.deepEqual(modes, {
    "": 0o700,
    "/credentials": 0o600,
    "/config": 0o600,
    "/environment": 0o600,
  });
});

peerTest(["shellcheck"], "shellcheck has nothing against it", async () => {
  const script = new URL("../../modules/nixos/render_service.sh", import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command("shellcheck", { args: ["--shell=bash", script] })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stdout));
});
