/** What a command's exit code says. `credsmith sops` keeps sops's own codes instead. */
export const exitCodes = {
  done: 0,
  defect: 1,
  usage: 2,
  noIdentity: 3,
  integrity: 4,
  credentials: 5,
  denied: 6,
  temporary: 7,
  refused: 8,
  partial: 9,
} as const;

export type ExitCode = typeof exitCodes[keyof typeof exitCodes];
