import { ProgramError } from "./errors.ts";

/*
 * What only the system's C library does: a program in the place of this process, another user, and
 * pipes that have a name. Needs every permission (`ffi`).
 */

/** The C library has no such thing here, or it said no. */
export class LibcError extends Error {
  override name = "LibcError";
  /** @param what the function, `setuid` */
  constructor(readonly what: string) {
    super(`${what} is not there, or failed`);
  }
}

const symbols = {
  execv: { parameters: ["buffer", "buffer"], result: "i32" },
  execve: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  signal: { parameters: ["i32", "pointer"], result: "pointer" },
  mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
  getpwnam: { parameters: ["buffer"], result: "pointer" },
  initgroups: { parameters: ["buffer", "u32"], result: "i32" },
  setgid: { parameters: ["u32"], result: "i32" },
  setuid: { parameters: ["u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

let opened: Deno.DynamicLibrary<typeof symbols>["symbols"] | undefined;

/** It is part of this process already; only its name differs. */
function libc(): Deno.DynamicLibrary<typeof symbols>["symbols"] {
  if (opened) return opened;
  const machine = Deno.build.arch;
  const names = Deno.build.os === "darwin"
    ? ["/usr/lib/libSystem.B.dylib"]
    : ["libc.so.6", `libc.musl-${machine}.so.1`];
  for (const name of names) {
    try {
      opened = Deno.dlopen(name, symbols).symbols;
      return opened;
    } catch {
      // The next name.
    }
  }
  throw new LibcError("dlopen");
}

const encoder = new TextEncoder();

function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${text}\0`);
}

/** A list of strings as C has it, with what keeps them alive. */
function cStrings(texts: readonly string[]) {
  const strings = texts.map(cString);
  const pointers = strings.map((each) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(each)));
  return { list: new BigUint64Array([...pointers.map(BigInt), 0n]), strings };
}

/**
 * Makes a pipe that has a name, for us alone.
 *
 * @throws {LibcError}
 */
export function makeFifo(path: string): void {
  if (libc().mkfifo(cString(path), 0o600) !== 0) throw new LibcError("mkfifo");
}

/**
 * Puts a program in the place of this process: the same process number, terminal and parent. Comes
 * back only when that fails.
 *
 * @param program absolute path
 * @param args what follows the program's name
 * @param env `set`: variables that are changed, all others are handed on byte for byte; or `only`:
 *   all that there are
 * @throws {ProgramError} when it cannot be started
 * @throws {LibcError}
 */
export function becomeProgram(
  program: string,
  args: readonly string[],
  env: { readonly set: Readonly<Record<string, string>> } | {
    readonly only: Readonly<Record<string, string>>;
  },
): never {
  const path = cString(program);
  const argv = cStrings([program, ...args]);
  const { execv, execve, signal } = libc();
  // Programs count on being ended by it, and it is the one signal that we do not take ourselves.
  signal(13, null);
  if ("set" in env) {
    for (const [name, value] of Object.entries(env.set)) Deno.env.set(name, value);
    execv(path, argv.list);
  } else {
    const envp = cStrings(Object.entries(env.only).map(([name, value]) => `${name}=${value}`));
    execve(path, argv.list, envp.list);
  }
  throw new ProgramError(program, "EUNKNOWN");
}

/** Somebody who has an account here. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** @returns nothing where there is no such account */
export function accountOf(name: string): Account | undefined {
  const entry = libc().getpwnam(cString(name));
  if (entry === null) return undefined;
  const view = new Deno.UnsafePointerView(entry);
  // name, password, uid, gid, and then comment, home and shell; macOS has two more in between.
  const home = view.getPointer(Deno.build.os === "darwin" ? 48 : 32);
  return {
    name,
    uid: view.getUint32(16),
    gid: view.getUint32(20),
    home: home === null ? "" : Deno.UnsafePointerView.getCString(home),
  };
}

/**
 * Has this process be somebody else's, with their groups, for good.
 *
 * @throws {LibcError} when that is not allowed
 */
export function becomeAccount({ name, uid, gid }: Account): void {
  const { initgroups, setgid, setuid } = libc();
  if (initgroups(cString(name), gid) !== 0) throw new LibcError("initgroups");
  if (setgid(gid) !== 0) throw new LibcError("setgid");
  if (setuid(uid) !== 0) throw new LibcError("setuid");
}

/**
 * Keeps files that whoever started us has left open from the programs that we start: a pipe that a
 * program of ours keeps open would never end. On Linux; elsewhere nothing happens.
 */
export function keepDescriptors(): void {
  if (Deno.build.os !== "linux") return;
  try {
    const { fcntl } = libc();
    for (const { name } of Deno.readDirSync("/proc/self/fd")) {
      // F_SETFD, FD_CLOEXEC
      if (Number(name) > 2) fcntl(Number(name), 2, 1);
    }
  } catch {
    // Without the C library or /proc they are handed on, as everywhere else.
  }
}
