/** @returns the name of this machine, for people; `this-host` where the system does not tell */
export function hostName(): string {
  try {
    return Deno.hostname() || "this-host";
  } catch {
    return "this-host";
  }
}

let uid: number | undefined;

/**
 * Takes the `sys` permission the first time; later the number is known.
 *
 * @returns the number of the user that this process belongs to; 0 where the system does not tell
 */
export function ownUid(): number {
  try {
    return uid ??= Deno.uid() ?? 0;
  } catch {
    return 0;
  }
}
