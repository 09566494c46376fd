/** @returns the name of this machine, for people; `this-host` where the system does not tell */
export function hostName(): string {
  try {
    return Deno.hostname() || "this-host";
  } catch {
    return "this-host";
  }
}

/** @returns the number of the user that this process belongs to; 0 where the system does not tell */
export function ownUid(): number {
  try {
    return Deno.uid() ?? 0;
  } catch {
    return 0;
  }
}
