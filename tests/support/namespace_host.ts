/** A user of the host, as a NixOS configuration would make it. */
export interface HostUser {
  readonly uid: number;
  /** Groups besides its own. */
  readonly groups?: readonly string[];
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What `env -0` said after `showEnvironment`. */
  readonly exported: ReadonlyMap<string, string>;
}

export interface RunOptions {
  /** Without it root. */
  readonly user?: string;
  /** A session from before the user was put into its groups. */
  readonly loggedInBefore?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program; it is then told as ended by a signal. */
  readonly signal?: AbortSignal;
}

/**
 * A host of its own: `/run`, `/etc`, `/home` and `/var` are in memory and seen by its programs alone,
 * and so is what they mount. Programs, `/nix/store` and the kernel are the machine's.
 */
export interface NamespaceHost extends AsyncDisposable {
  /** Where its root's own folders lie for us: `${path}/etc` is its `/etc`. */
  readonly path: string;
  run(command: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs a shell script: its text, its name as the shell sees it, the shell's words. */
  script(shell: readonly string[], text: string, options?: RunOptions): Promise<Ended>;
}

const own = ["etc", "home", "run", "var"] as const;

/**
 * @param users by name
 * @param groups that have a number besides those of the users
 */
export async function namespaceHost(
  users: Readonly<Record<string, HostUser>>,
  groups: Readonly<Record<string, number>> = {},
): Promise<NamespaceHost> {
  const path = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-host-" });
  await Deno.chmod(path, 0o755);
  for (const folder of own) await Deno.mkdir(`${path}/${folder}`, { mode: 0o755 });
  for (const folder of ["var/empty", "var/lib", "var/tmp"]) await Deno.mkdir(`${path}/${folder}`);
  await Deno.mkdir(`${path}/var/root`, { mode: 0o700 });
  await writeUsers(path, users, groups);
  for (const kept of ["ld.so.cache", "nsswitch.conf", "alternatives"]) {
    // Shells and their libraries are the machine's.
    await new Deno.Command("cp", { args: ["-a", `/etc/${kept}`, `${path}/etc/`], stderr: "null" })
      .output();
  }

  const mounts = own.map((folder) => `mount --bind '${path}/${folder}' /${folder}`);
  const keeper = new Deno.Command("unshare", {
    args: [
      "--mount",
      "--propagation=private",
      "sh",
      "-euc",
      [...mounts, "echo ready", "exec cat >/dev/null"].join("\n"),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = keeper.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  if (!value) throw new Error("no mount namespace can be made here");

  let scripts = 0;
  const host: NamespaceHost = {
    path,
    async run(command, { user, loggedInBefore, env = {}, signal } = {}) {
      const become = user === undefined ? [] : [
        "setpriv",
        `--reuid=${user}`,
        `--regid=${user}`,
        loggedInBefore ? "--clear-groups" : "--init-groups",
      ];
      const home = user === undefined ? "/var/root" : `/home/${user}`;
      const variables = {
        PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        HOME: home,
        USER: user ?? "root",
        LC_ALL: "C.UTF-8",
        ...env,
      };
      const output = await new Deno.Command("nsenter", {
        args: [
          `--mount=/proc/${keeper.pid}/ns/mnt`,
          "env",
          `--chdir=${home}`,
          "-i",
          ...Object.entries(variables).map(([name, text]) => `${name}=${text}`),
          ...become,
          ...command,
        ],
        cwd: "/",
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        ...(signal ? { signal } : {}),
      }).output();
      const stdout = new TextDecoder().decode(output.stdout);
      const at = stdout.indexOf("--environment--\0");
      const pairs = at < 0 ? [] : stdout.slice(at + 16).split("\0").filter((pair) => pair);
      return {
        code: output.code,
        stdout: at < 0 ? stdout : stdout.slice(0, at),
        stderr: new TextDecoder().decode(output.stderr),
        exported: new Map(pairs.map((pair) => {
          const equals = pair.indexOf("=");
          return [pair.slice(0, equals), pair.slice(equals + 1)];
        })),
      };
    },
    async script(shell, text, options = {}) {
      const file = `/var/tmp/script-${scripts++}`;
      await Deno.writeTextFile(path + file, text);
      return await host.run([...shell, file], options);
    },
    async [Symbol.asyncDispose]() {
      await keeper.stdin.close();
      await keeper.status;
      await Deno.remove(path, { recursive: true });
    },
  };
  return host;
}

/** @see passwd(5), group(5) */
async function writeUsers(
  path: string,
  users: Readonly<Record<string, HostUser>>,
  groups: Readonly<Record<string, number>>,
): Promise<void> {
  const all: Record<string, number> = { root: 0, keys: 96, nogroup: 65534, ...groups };
  const passwd = ["root:x:0:0:root:/var/root:/bin/sh"];
  for (const [name, { uid }] of Object.entries(users)) {
    all[name] = uid;
    passwd.push(`${name}:x:${uid}:${uid}::/home/${name}:/bin/sh`);
    await Deno.mkdir(`${path}/home/${name}`, { mode: 0o700 });
    await Deno.chown(`${path}/home/${name}`, uid, uid);
  }
  const members = (group: string) =>
    Object.entries(users).filter(([, user]) => user.groups?.includes(group)).map(([name]) => name);
  await Deno.writeTextFile(`${path}/etc/passwd`, `${passwd.join("\n")}\n`);
  await Deno.writeTextFile(
    `${path}/etc/group`,
    Object.entries(all).map(([name, gid]) => `${name}:x:${gid}:${members(name).join(",")}\n`)
      .join(""),
  );
}
