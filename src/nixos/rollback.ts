/** A system of this host, as a number in the list that a boot menu shows. */
export interface SystemGeneration {
  readonly number: number;
  /** Where it leads, in the store. */
  readonly system: string;
  /** `lastmodified` of the secrets file that it brings; nothing where that cannot be seen. */
  readonly secretsModified: string | undefined;
}

/** The systems of this host. */
export interface Systems {
  /** The one that is running. */
  readonly current: string | undefined;
  /** The number that the profile leads to: what the next boot takes. */
  readonly chosen: number | undefined;
  readonly generations: readonly SystemGeneration[];
}

/** An older system runs than there is, and the newer one has later secrets. */
export interface Rollback {
  readonly running: SystemGeneration;
  readonly newer: SystemGeneration;
  /** Whether somebody went back, rather than not yet forward. */
  readonly certain: boolean;
}

/**
 * Whether an older system has brought back an older secrets file; pure. That there is a newer
 * system is not enough: its secrets file has to be a later one. Where that cannot be seen, nothing
 * is claimed.
 *
 * That someone went back is certain where the profile leads back too (`nixos-rebuild --rollback`).
 * An older entry of the boot menu looks like a newer system that was built and never switched to.
 */
export function rollbackOf({ current, chosen, generations }: Systems): Rollback | undefined {
  const newestFirst = generations.toSorted((one, other) => other.number - one.number);
  const running = newestFirst.find(({ system }) => system === current);
  const before = instant(running?.secretsModified);
  if (!running || !before) return undefined;
  const newer = newestFirst.find(({ number, secretsModified }) => {
    const after = instant(secretsModified);
    return number > running.number && after !== undefined &&
      Temporal.Instant.compare(after, before) > 0;
  });
  return newer && { running, newer, certain: chosen === running.number };
}

function instant(text: string | undefined): Temporal.Instant | undefined {
  try {
    return text === undefined ? undefined : Temporal.Instant.from(text);
  } catch {
    return undefined;
  }
}
