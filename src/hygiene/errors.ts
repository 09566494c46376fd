/** Why a file is not destroyed as it was asked for. */
export type ShredFault =
  | { readonly reason: "absent" }
  | { readonly reason: "link"; readonly target: string }
  | { readonly reason: "folder" }
  | { readonly reason: "no file"; readonly kind: "device" | "fifo" | "socket" }
  | { readonly reason: "more names"; readonly names: number }
  | { readonly reason: "read-only" }
  /** An encrypted secrets file or an age identity: without it secrets are lost. */
  | { readonly reason: "precious"; readonly what: "secrets file" | "identity" };

/** Files that are not destroyed; nothing was changed, of the others neither. */
export class ShredRefusedError extends Error {
  override name = "ShredRefusedError";
  constructor(readonly faults: readonly { readonly file: string; readonly fault: ShredFault }[]) {
    super(`Refused to destroy ${faults.map(({ file, fault }) => `"${file}": ${fault.reason}`)}`);
  }
}
