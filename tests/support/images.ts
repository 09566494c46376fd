import assert from "node:assert/strict";
import { type Peer, peerTest } from "./peers.ts";

/** A file system of its own in a file, mounted through a loop device. */
export interface Image extends AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string;
  /** Brings everything to the image; afterwards the folder is empty. */
  unmount(): Promise<void>;
  /** How often a text stands in the raw image. */
  count(text: string): Promise<number>;
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${decode(stderr)}`);
  return decode(stdout);
}

/**
 * Makes a file system and mounts it.
 *
 * @param size in MiB; the file is sparse
 * @param make the program that makes the file system, with its arguments
 * @param options of the mount
 */
export async function mountedImage(
  size: number,
  make: readonly string[],
  options: readonly string[] = [],
): Promise<Image> {
  const place = await Deno.realPath(await Deno.makeTempDir({ prefix: "credsmith-image-" }));
  const file = `${place}/image`;
  const folder = `${place}/mount`;
  let mounted = false;
  const unmount = async () => {
    if (mounted) await run("umount", folder);
    mounted = false;
  };
  const clear = async () => {
    await unmount();
    await Deno.remove(place, { recursive: true });
  };
  try {
    await Deno.mkdir(folder);
    await Deno.writeFile(file, new Uint8Array());
    await Deno.truncate(file, size * 1024 * 1024);
    const [program, ...args] = make;
    await run(program!, ...args, file);
    await run("mount", "-o", ["loop", ...options].join(","), file, folder);
    mounted = true;
  } catch (error) {
    await clear();
    throw error;
  }
  return {
    folder,
    unmount,
    async count(text) {
      await run("sync", "-f", mounted ? folder : place);
      const { stdout } = await new Deno.Command("grep", {
        args: ["-obUaF", "--", text, file],
        env: { LC_ALL: "C" },
      }).output();
      return new TextDecoder().decode(stdout).split("\n").filter(Boolean).length;
    },
    [Symbol.asyncDispose]: clear,
  };
}

const loopDevices = Deno.build.os === "linux" && Deno.uid() === 0 &&
  await new Deno.Command("losetup", { args: ["-f"], stdout: "null", stderr: "null" })
    .output().then(({ success }) => success, () => false);

/** A test that mounts images: as root on Linux with loop devices, else like `peerTest`. */
export function imageTest(
  peers: readonly Peer[],
  name: string,
  fn: () => Promise<void>,
): void {
  const needs: readonly Peer[] = ["linux", "root", ...peers];
  if (loopDevices || Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return peerTest(needs, name, fn);
  }
  const label = `${name} [needs loop devices]`;
  if (Deno.env.get("CI") === "true") Deno.test(label, () => assert.fail("no loop devices here"));
  else Deno.test({ name: label, ignore: true, fn });
}
