import assert from "node:assert/strict";
import { assertAbsent, type Home, temporaryHome } from "../support/home.ts";
import { has, type Peer, peerTest } from "../support/peers.ts";
import { tryPermissions } from "../support/permissions.ts";
import { exampleSecrets, exampleText, homeWithSecrets } from "../support/sops_file.ts";

const work = ["AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"] as const;
const text = `${exampleText}profiles:
    work:
        access_key_id: ${work[0]}
        secret_access_key: ${work[1]}
        region: eu-central-1
    ci:
        role_arn: arn:aws:iam::123456789012:role/ci
`;
const secrets = [...exampleSecrets, ...work];

const home = async () => await temporaryHome(await homeWithSecrets({ text }));
const mode = (path: string) => Deno.lstatSync(path).mode! & 0o7777;

/** All files below a folder with their modes; links are not followed. */
function modes(folder: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      for (const [name, bits] of Object.entries(modes(path))) found[`${entry.name}/${name}`] = bits;
    } else if (entry.isFile) found[entry.name] = mode(path);
  }
  return found;
}

peerTest(
  ["linux"],
  "unlock writes secret files and loaders that nobody else can read",
  async () => {
    await using place = await home();
    const result = await place.run(["unlock", "--static"], { env: { SHELL: "/usr/bin/zsh" } });
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    const folder = `${place.runtime}/credsmith`;
    assert.equal(
      result.stdout,
      [
        "Unlocked secrets/aws.yaml (default, work), in memory only",
        "  left out: ci, which has no key of its own",
        `  load    source ${folder}/load-aws-bedrock.zsh`,
        `          source ${folder}/load-aws-bedrock.zsh work`,
        "  lock    credsmith lock",
        "",
      ].join("\n"),
    );
    assert.deepEqual([mode(folder), mode(`${folder}/secrets.d/1`)], [0o700, 0o700]);
    const names = [
      ...["access_key_id", "bedrock_endpoint", "bedrock_model_id", "region", "secret_access_key"],
      ...["work_access_key_id", "work_region", "work_secret_access_key"],
    ];
    assert.deepEqual(
      modes(folder),
      Object.fromEntries([
        ...names.map((name) => [`secrets.d/1/aws_${name}`, 0o400]),
        ...["bash", "fish", "sh", "zsh"].map((shell) => [`load-aws-bedrock.${shell}`, 0o400]),
        ["manifest.json", 0o400],
      ]),
    );
    assert.equal(Deno.readTextFileSync(`${folder}/secrets/aws_access_key_id`), exampleSecrets[0]);
    assert.equal(Deno.readLinkSync(`${folder}/secrets`), "secrets.d/1");
    for (const name of await place.files()) assertAbsent(await place.read(name), secrets, name);
  },
);

const shells: readonly (readonly [Peer, readonly string[], string, string])[] = [
  ["bash", ["bash", "-c"], "load-aws-bedrock.sh", "source FILE work"],
  ["bash", ["bash", "-c"], "load-aws-bedrock.bash", "source FILE work"],
  ["zsh", ["zsh", "-fc"], "load-aws-bedrock.zsh", "source FILE work"],
  ["zsh", ["zsh", "-fc"], "load-aws-bedrock.sh", "source FILE work"],
  ["dash", ["dash", "-c"], "load-aws-bedrock.sh", "CREDSMITH_LOAD=work; . FILE"],
  ["fish", ["fish", "--no-config", "-c"], "load-aws-bedrock.fish", "source FILE work"],
];
for (const [peer, [shell, ...words], name, load] of shells) {
  peerTest([peer, "linux"], `what unlock writes loads in ${peer} (${name})`, async () => {
    await using place = await home();
    await place.run(["unlock", "--static"]);
    const file = `${place.runtime}/credsmith/${name}`;
    const script = `${load.replace("FILE", file)}; env`;
    const { stdout, stderr } = await place.program(shell!, [...words, script], {
      env: { AWS_PROFILE: "other", AWS_SESSION_TOKEN: "stale" },
    });
    assert.equal(stderr, 'credsmith: profile "work" loaded\n');
    const found = Object.fromEntries(
      stdout.split("\n").map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]),
    );
    assert.deepEqual(
      ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"]
        .map((each) => found[each]),
      [...work, "eu-central-1", "eu-central-1"],
    );
    assert.deepEqual([found.AWS_PROFILE, found.AWS_SESSION_TOKEN], [undefined, undefined]);
  });
}

peerTest(["linux"], "unlock again swaps to what the file says now", async () => {
  await using place = await home();
  await place.run(["unlock", "--static"]);
  const set = await place.run(["set", "aws_region"], { stdin: "eu-west-3" });
  assert.equal(set.code, 0, set.stderr);
  const result = await place.run(["unlock", "--static", "--json", "--profile", "default"]);
  const report = JSON.parse(result.stdout);
  const folder = `${place.runtime}/credsmith`;
  assert.deepEqual(
    [report.version, report.generation, report.profiles, report.directory],
    [1, 2, ["default"], `${folder}/secrets`],
  );
  assert.equal(Deno.readTextFileSync(`${folder}/secrets/aws_region`), "eu-west-3");
  assert.throws(() => Deno.statSync(`${folder}/secrets/aws_work_region`), Deno.errors.NotFound);
  const again = await place.run([
    "load-env",
    "--shell",
    "bash",
    "--manifest",
    report.manifest,
  ]);
  assert.equal(again.stdout, Deno.readTextFileSync(report.loaders.bash));
});

peerTest(["linux"], "unlock --dry-run writes nothing", async () => {
  await using place = await home();
  const result = await place.run(["unlock", "--static", "--dry-run"]);
  assert.equal(result.code, 0);
  assert.match(result.stdout, /^Would unlock .*\n.*\n.*\/secrets\/aws_access_key_id\n/);
  assertAbsent(result.stdout, secrets, "the report");
  assert.deepEqual(modes(`${place.runtime}/credsmith`), {});
});

peerTest(["linux"], "lock takes everything away, says so, and can be repeated", async () => {
  await using place = await home();
  // What other tests have left in the memory that all of them share goes as well.
  const isHere = (path: string) => path.startsWith(place.runtime);
  const nothing = async () => {
    const { code, stdout } = await place.run(["lock"]);
    const [first, ...paths] = stdout.trimEnd().split("\n").map((line) => line.trim());
    assert.equal(code, 0);
    assert.ok(first === "Nothing is unlocked" || !paths.some(isHere), stdout);
  };
  await nothing();
  await place.run(["unlock", "--static"]);
  const dry = await place.run(["lock", "--dry-run", "--json"]);
  assert.equal(JSON.parse(dry.stdout).removed.filter(isHere).length, 7);
  assert.notDeepEqual(modes(`${place.runtime}/credsmith`), {});

  const locked = await place.run(["lock"], { env: { CREDSMITH_LOADED: "work" } });
  assert.equal(locked.code, 0);
  assert.match(
    locked.stdout,
    /^Locked; removed\n[^]*This shell has "work" loaded until it ends, or until\n {2}unset .*\n$/,
  );
  assert.deepEqual([...Deno.readDirSync(`${place.runtime}/credsmith`)], []);
  await nothing();
});

Deno.test("unlock without a key in any profile says how to set one", async () => {
  await using place = await temporaryHome(
    await homeWithSecrets({ text: "aws_region: us-east-1\naws_access_key_id: AKIA\n" }),
  );
  const result = await place.run(["unlock", "--static"]);
  assert.equal(result.code, 5);
  assert.match(result.stderr, /^Cannot load "default": there is no access key with its secret\n/);
  const unknown = await place.run(["unlock", "--static", "--profile", "nonesuch"]);
  assert.equal(unknown.code, 2);
});

peerTest(["linux"], "unlock refuses a folder that is a link or open to others", async () => {
  await using place = await home();
  const folder = `${place.runtime}/credsmith`;
  Deno.symlinkSync(place.path, folder);
  const link = await place.run(["unlock", "--static"]);
  assert.equal(link.code, 8);
  assert.match(link.stderr, /symbolic link/);
  Deno.removeSync(folder);
  Deno.mkdirSync(folder);
  Deno.chmodSync(folder, 0o755);
  const open = await place.run(["unlock", "--static"]);
  assert.equal(open.code, 8);
  assert.deepEqual(modes(folder), {});
  for (const name of await place.files()) assertAbsent(await place.read(name), secrets, name);
});

peerTest(
  ["linux", "root"],
  "unlock refuses a runtime folder on a disk and falls back to memory",
  async () => {
    assert.ok(has("root"));
    await using place = await home();
    await place.write("run/.keep", "");
    await Deno.chmod(`${place.path}/run`, 0o700);
    const env = { XDG_RUNTIME_DIR: `${place.path}/run` };
    const result = await place.run(["unlock", "--static", "--json"], { env });
    assert.match(JSON.parse(result.stdout).directory, /^\/dev\/shm\/credsmith-0\/secrets$/);
    await place.run(["lock"], { env });
    for (const name of await place.files()) assertAbsent(await place.read(name), secrets, name);
  },
);

Deno.test("lock gives up what it does not need", async () => {
  await using place: Home = await home();
  const { code } = await tryPermissions(place, ["lock"]);
  assert.equal(code, 0);
});

for (const shell of ["bash", "zsh", "dash", "fish"] as const) {
  peerTest(
    ["linux", shell],
    `what lock says to a ${shell} that is loaded makes it forget`,
    async () => {
      await using place = await home();
      await place.run(["unlock", "--static"]);
      const loader = `${place.runtime}/credsmith/load-aws-bedrock`;
      const own = shell === "dash" ? "sh" : shell;
      const env = { SHELL: `/usr/bin/${shell}` };
      const locked = await place.run(["lock"], { env: { ...env, CREDSMITH_LOADED: "default" } });
      const command = locked.stdout.trimEnd().split("\n").at(-1)!.trim();
      await place.run(["unlock", "--static"]);
      const { stdout } = await place.program(
        shell,
        ["-c", `. ${loader}.${own}; echo "had $AWS_REGION"; ${command}; env`],
        { env },
      );
      assert.match(stdout, /^had \w+-\w+-1$/m);
      assert.match(stdout, /^HOME=/m);
      assert.doesNotMatch(stdout, /^(AWS_(ACCESS|SECRET|REGION)|CREDSMITH_|BEDROCK_)/m);
    },
  );
}

peerTest(["linux"], "lock leaves what edit could not save, and names it", async () => {
  await using place = await home();
  await place.run(["unlock", "--static"]);
  const unsaved = `${place.runtime}/credsmith/unsaved-1-aws.yaml`;
  await Deno.writeTextFile(unsaved, "aws_region: eu-west-1\n", { mode: 0o600 });
  const result = await place.run(["lock"]);
  assert.match(result.stdout, /^Left in memory, because edit could not save them/m);
  assert.ok(result.stdout.includes(`  ${unsaved}\n`), result.stdout);
  assert.deepEqual(JSON.parse((await place.run(["lock", "--json"])).stdout).unsaved, [unsaved]);
  assert.equal((await Deno.stat(unsaved)).isFile, true);
});
