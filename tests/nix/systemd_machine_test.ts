import assert from "node:assert/strict";
import { machineTest, startMachine } from "../support/machine.ts";

machineTest(
  [],
  "a machine has systemd, files, units and users, and is gone afterwards",
  async () => {
    let place: string;
    {
      await using machine = await startMachine({
        users: { dev: ["team"] },
        files: { "/etc/value": { content: "of the host\n", mode: 0o600 } },
        activation: "touch /run/activated",
        units: {
          "once.service": {
            text:
              "[Service]\nType=oneshot\nRemainAfterExit=yes\nLoadCredential=value:/etc/value\n" +
              "DynamicUser=yes\nExecStart=cat ${CREDENTIALS_DIRECTORY}/value\n",
            wantedBy: ["multi-user.target"],
          },
        },
      });
      place = machine.place;
      assert.equal((await machine.must("ps -p 1 -o comm=")).trim(), "systemd");
      assert.equal(await machine.property("once.service", "ActiveState"), "active");
      assert.match(await machine.journal("once.service"), /^of the host$/m);
      assert.match(await machine.must("id"), /uid=0/);
      assert.match(await machine.must("id", { user: "dev" }), /\(dev\).*\(team\)/);
      assert.equal((await machine.exec("cat /etc/value", { user: "dev" })).code, 1);
      await machine.must("test -e /run/activated");

      await machine.writeUnit("later.service", "[Service]\nExecStart=false\n");
      await machine.must("systemctl start later.service");
      await machine.waitFor("failure", "systemctl is-failed later.service");
      assert.equal(await machine.property("later.service", "Result"), "exit-code");
      assert.equal(await machine.must("cat", { stdin: "handed in" }), "handed in");
    }
    await assert.rejects(Deno.stat(place), Deno.errors.NotFound);
  },
);
