const words: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EFIFO: "it is a pipe, and reading would wait for a writer",
  EDEVICE: "it is a device, which may have no end",
  ETOOLARGE: "it has more than 500 MB, and no more is read",
  EACCES: "no permission",
  EPERM: "the system does not allow it",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the disk reports an input or output error",
  ELOOP: "its links go in a circle",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EBUSY: "it is in use",
  ENOTEMPTY: "a folder that is not empty is in the way",
  EXDEV: "its folder is on another file system",
  ENOLCK: "its file system has no locks",
  EBADF: "its file system cannot lock folders",
  ENOTCAPABLE: "the permission was given up before",
};

const causes: Readonly<Record<string, string>> = {
  ENOENT: "not_found",
  ENOTDIR: "not_found",
  EISDIR: "is_a_folder",
  EACCES: "permission_denied",
  EPERM: "permission_denied",
  ENOTCAPABLE: "permission_denied",
  EROFS: "read_only",
  ENOSPC: "disk_full",
  EDQUOT: "disk_full",
  EIO: "disk_error",
};

/** @returns why, in words, for a code of the system; the code itself where we have no words */
export function reasonOf(code: string): string {
  return words[code] ?? (code === "EUNKNOWN" ? "the system does not say why" : code);
}

/** @returns the stable cause for a code of the system */
export function causeOf(code: string): string {
  return causes[code] ?? "file_error";
}
