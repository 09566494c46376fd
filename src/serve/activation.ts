/** The first descriptor that systemd hands over. */
const first = 3;

/**
 * The sockets that systemd opened for this process (socket activation).
 *
 * @param env `LISTEN_FDS`, and `LISTEN_PID`, which says whom they are for
 * @returns their descriptors; none where they are for another process
 * @see sd_listen_fds(3)
 */
export function activatedSockets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): readonly number[] {
  if (env.LISTEN_PID !== String(pid) || !/^[1-9]\d?$/.test(env.LISTEN_FDS ?? "")) return [];
  return Array.from({ length: Number(env.LISTEN_FDS) }, (_, index) => first + index);
}

/**
 * Whether systemd handed sockets to the program that started this one, and still waits for it: a
 * wrapper that does not put us in its place.
 */
export function isHandedToParent(
  env: Readonly<Record<string, string | undefined>>,
  parent: number,
): boolean {
  return env.LISTEN_FDS !== undefined && env.LISTEN_PID === String(parent);
}

/** What a program that we start must not see of it. */
export const activationVariables: readonly string[] = [
  "LISTEN_FDS",
  "LISTEN_PID",
  "LISTEN_FDNAMES",
];
