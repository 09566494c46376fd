/**
 * Services that are given credentials, under a real systemd and with the real sops-install-secrets,
 * in both of sops-nix's ways: as NixOS's activation script, and as a unit.
 */
import assert from "node:assert/strict";
import { findProgram } from "../../src/platform/programs.ts";
import { type Machine, machineTest, startMachine, type Unit } from "../support/machine.ts";
import { assertAbsent } from "../support/home.ts";
import { build } from "../support/nix.ts";
import { encrypted, testIdentity } from "../support/sops_file.ts";
import { render, secretFolder } from "./render_service.ts";

const keyFile = "/var/lib/sops-nix/key.txt";

const secretsText = (which: string, region: string) =>
  `aws_access_key_id: AKIA${which}
aws_secret_access_key: ${which}/secret
aws_region: ${region}
bedrock:
    model_id: us.anthropic.claude-${which.toLowerCase()}
profiles:
    production:
        access_key_id: AKIA${which}P
        secret_access_key: ${which}/secret+P
        region: ${region}
`;

interface Systems {
  readonly script: { readonly first: string; readonly second: string };
  readonly systemd: { readonly first: string; readonly second: string };
}
let built: Promise<Systems> | undefined;

/** The systems of `systemd_services.nix`, built once a process. */
function systems(): Promise<Systems> {
  return built ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "credsmith-test-" });
    try {
      const file = async (name: string, text: string) => {
        const path = `${folder}/${name}.yaml`;
        await Deno.writeTextFile(path, await encrypted(text));
        return path;
      };
      const strings = {
        program: findProgram("sops-install-secrets", Deno.env.get("PATH") ?? "")!,
        first: await file("first", secretsText("FIRST", "us-east-1")),
        second: await file("second", secretsText("SECOND", "eu-central-1")),
        tokens: await file("tokens", "oauth_token: token of the file\n"),
      };
      const paths = await build("tests/nix/systemd_services.nix", { strings });
      const [first, second, third, fourth] = paths;
      return {
        script: { first: first!, second: second! },
        systemd: { first: third!, second: fourth! },
      };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  })();
}

async function unitsOf(system: string): Promise<Record<string, Unit>> {
  return JSON.parse(await Deno.readTextFile(`${system}/units.json`));
}

/** How a way installs the secrets of a system on a running machine, as a switch does. */
const ways: readonly {
  readonly name: keyof Systems;
  /** What NixOS runs before systemd. */
  boot(system: string): string | undefined;
  install(machine: Machine, system: string): Promise<void>;
}[] = [
  {
    name: "script",
    boot: (system) => `mkdir -p /run/nixos; bash -eu ${system}/activate`,
    async install(machine, system) {
      await machine.must(`rm -f /run/nixos/*; bash -eu ${system}/activate`);
      // switch-to-configuration restarts those of the list that run.
      await machine.must(
        "touch /run/nixos/activation-restart-list; " +
          "for unit in $(sort -u /run/nixos/activation-restart-list); do " +
          "if systemctl is-active --quiet $unit; then systemctl restart $unit; fi; done",
      );
    },
  },
  {
    name: "systemd",
    boot: () => undefined,
    async install(machine, system) {
      const name = "sops-install-secrets.service";
      await machine.writeUnit(name, (await unitsOf(system))[name]!);
      // Nobody switches as often as these tests.
      await machine.must(`systemctl reset-failed ${name}; systemctl restart ${name}`);
    },
  },
];

for (const { name, boot, install } of ways) {
  machineTest(
    ["nix", "sops-install-secrets"],
    `services get credentials and new ones, with secrets installed by ${name}`,
    async (t) => {
      const { first, second } = (await systems())[name];
      const activation = boot(first);
      await using machine = await startMachine({
        binds: ["/nix/store", Deno.execPath()],
        users: { dev: [], ledger: [], member: ["credsmith"] },
        units: await unitsOf(first),
        ...(activation ? { activation } : {}),
      });

      await t.step("without secrets a service fails, and is tried again", async () => {
        await machine.waitFor(
          "a second try",
          async () => Number(await machine.property("billing.service", "NRestarts")) >= 2,
        );
        assert.match(await machine.journal("billing.service"), /243\/CREDENTIALS/);
        assert.match(
          await machine.journal("credsmith-service-billing.service"),
          /Cannot give "billing\.service" its credentials: .*\n {2}see why: journalctl/,
        );
        assert.equal(await machine.property("bystander.service", "ActiveState"), "active");
      });

      await t.step("with secrets it comes up by itself", async () => {
        await machine.write(keyFile, `${testIdentity}\n`, 0o600);
        await install(machine, first);
        for (const unit of ["billing.service", "ledger.service"]) {
          await machine.waitFor(unit, `systemctl is-active ${unit}`);
        }
      });

      const credentials = "/run/credentials/billing.service";
      await t.step("it has AWS's files, the constants and the other secret", async () => {
        assert.equal(
          await machine.read(`${credentials}/credsmith-credentials`),
          "[default]\naws_access_key_id = AKIAFIRSTP\naws_secret_access_key = FIRST/secret+P\n",
        );
        assert.equal(
          await machine.read(`${credentials}/credsmith-config`),
          "[default]\nregion = us-east-1\n",
        );
        for (const name of ["oauth-token", "oauth-100-n-token"]) {
          assert.equal(await machine.read(`${credentials}/${name}`), "token of the file");
        }
        assert.deepEqual(await environment(machine, "billing.service"), {
          ANTHROPIC_MODEL: "us.anthropic.claude-constant",
          AWS_CONFIG_FILE: `${credentials}/credsmith-config`,
          AWS_DEFAULT_REGION: "us-east-1",
          AWS_REGION: "us-east-1",
          AWS_SHARED_CREDENTIALS_FILE: `${credentials}/credsmith-credentials`,
          BEDROCK_MODEL_ID: "us.anthropic.claude-constant",
          CLAUDE_CODE_USE_BEDROCK: "1",
          OAUTH_100_N_TOKEN_FILE: `${credentials}/oauth-100-n-token`,
          OAUTH_TOKEN_FILE: `${credentials}/oauth-token`,
        });
        assert.equal(
          (await environment(machine, "ledger.service")).ANTHROPIC_MODEL,
          "us.anthropic.claude-first",
        );
      });

      await t.step("nobody else reads them", async () => {
        const others = [
          { user: "dev", path: `${credentials}/credsmith-credentials` },
          { user: "ledger", path: `${credentials}/credsmith-credentials` },
          { user: "dev", path: "/run/credentials/ledger.service/credsmith-credentials" },
          { user: "dev", path: "/run/credsmith.d/billing/credentials" },
          { user: "dev", path: "/run/secrets/aws_production_secret_access_key" },
          { user: "member", path: "/run/secrets/aws_production_access_key_id" },
          { user: "member", path: "/run/secrets/aws_production_secret_access_key" },
          { user: "member", path: "/run/secrets/oauth-token" },
          { user: "dev", path: "/run/secrets/aws_secret_access_key" },
        ];
        for (const { user, path } of others) {
          const { code, stderr } = await machine.exec(["cat", path], { user });
          assert.equal(code, 1);
          assert.match(stderr, /Permission denied/);
        }
        // The other service's profile is the host's default, so the group has it.
        const shared = "/run/secrets/aws_secret_access_key";
        assert.equal(await machine.must(["cat", shared], { user: "member" }), "FIRST/secret");
        const own = "/run/credentials/ledger.service/credsmith-credentials";
        assert.match(await machine.must(["cat", own], { user: "ledger" }), /AKIAFIRST$/m);
        const types = await machine.must("stat -f -c %T /run/credsmith.d");
        assert.equal(types, "ramfs\n");
      });

      await t.step("a changed value restarts it, and nothing else", async () => {
        const started = (unit: string) => machine.property(unit, "ExecMainPID");
        const [billing, bystander] = [
          await started("billing.service"),
          await started("bystander.service"),
        ];
        await install(machine, second);
        await machine.waitFor(
          "new credentials",
          `grep -q AKIASECONDP ${credentials}/credsmith-credentials`,
        );
        await machine.waitFor("ledger.service", "systemctl is-active ledger.service");
        assert.notEqual(await started("billing.service"), billing);
        assert.equal(await started("bystander.service"), bystander);
        const { AWS_REGION, ANTHROPIC_MODEL } = await environment(machine, "ledger.service");
        assert.deepEqual([AWS_REGION, ANTHROPIC_MODEL], [
          "eu-central-1",
          "us.anthropic.claude-second",
        ]);
      });

      await t.step("a service that was stopped stays stopped", async () => {
        await machine.must("systemctl stop ledger.service");
        await install(machine, first);
        await machine.waitFor(
          "new credentials",
          `grep -q AKIAFIRSTP ${credentials}/credsmith-credentials`,
        );
        assert.equal(await machine.property("ledger.service", "ActiveState"), "inactive");
        assert.match(await machine.read("/run/credsmith.d/ledger/credentials"), /AKIAFIRST$/m);
        await install(machine, second);
        await machine.waitFor(
          "new credentials",
          `grep -q AKIASECONDP ${credentials}/credsmith-credentials`,
        );
      });

      await t.step("the same values again restart nothing", async () => {
        const before = await machine.property("billing.service", "InvocationID");
        await install(machine, second);
        await machine.waitFor("an empty queue", 'test -z "$(systemctl list-jobs -q)"');
        assert.equal(await machine.property("billing.service", "InvocationID"), before);
      });

      await t.step("no value is in the journal, nor in what systemd tells everyone", async () => {
        const told = await machine.must("systemctl show '*'", { user: "dev" });
        const said = await machine.journal();
        assert.match(said, /AWS_SHARED_CREDENTIALS_FILE|Credentials of billing/);
        const values = ["FIRST/secret", "SECOND/secret", "AKIAFIRST", "AKIASECOND", "token of the"];
        assertAbsent(said + told, [...values, testIdentity], "the journal");
      });
    },
  );
}

for (const { name, boot } of ways) {
  machineTest(
    ["nix", "sops-install-secrets"],
    `at boot services wait for the secrets, with secrets installed by ${name}`,
    async () => {
      const { first } = (await systems())[name];
      const activation = boot(first);
      await using machine = await startMachine({
        binds: ["/nix/store", Deno.execPath()],
        groups: ["credsmith"],
        users: { ledger: [] },
        units: await unitsOf(first),
        files: {
          [keyFile]: { content: `${testIdentity}\n`, mode: 0o600 },
          // Slow enough for whatever does not wait for it to come first.
          "/etc/systemd/system/sops-install-secrets.service.d/slow.conf":
            "[Service]\nExecStartPre=/usr/bin/sleep 1\n",
        },
        ...(activation ? { activation } : {}),
      });
      for (const unit of ["billing.service", "ledger.service"]) {
        assert.equal(
          await machine.property(unit, "ActiveState"),
          "active",
          await machine.journal(),
        );
        assert.equal(await machine.property(unit, "NRestarts"), "0");
      }
      const units = Object.keys(await unitsOf(first)).join(" ");
      const { code, stdout, stderr } = await machine.exec(
        `systemd-analyze verify --man=no ${units}`,
      );
      assert.deepEqual({ code, said: stdout + stderr }, { code: 0, said: "" });
    },
  );
}

machineTest(["bash"], "systemd reads back every value that is rendered for it", async () => {
  const values = [
    "plain",
    "two words",
    `"quoted"`,
    "it's",
    "a # b",
    "$HOME ${x} $$",
    "`x`",
    "\\",
    "ü",
  ];
  await using folder = await secretFolder(values);
  const { code, stderr } = await render(
    folder.path,
    values.map((_, index) => `environment:V${index}=f${index}`),
  );
  assert.equal(code, 0, stderr);
  await using machine = await startMachine({
    files: { "/etc/rendered": await Deno.readTextFile(`${folder.path}/out/environment`) },
  });
  const found = await machine.must(
    "systemd-run --quiet --pipe --wait -p EnvironmentFile=/etc/rendered /usr/bin/env -0",
  );
  const read = new Map(
    found.split("\0").map((each) => each.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  assert.deepEqual(values.map((_, index) => read.get(`V${index}`)), values);
});

const ours = /^(?:AWS|ANTHROPIC|BEDROCK|CLAUDE|OAUTH)_/;

/** What a unit's process has in its environment, as far as it is of ours. */
async function environment(machine: Machine, unit: string): Promise<Record<string, string>> {
  const pid = await machine.property(unit, "ExecMainPID");
  const entries = (await machine.read(`/proc/${pid}/environ`)).split("\0");
  return Object.fromEntries(
    entries.map((each) => each.split(/=(.*)/s).slice(0, 2)).filter(([name]) => ours.test(name!)),
  );
}
