/** The forms of `--from`, for help and for errors. */
export const fromForms = "claude, aws:PROFILE, env, csv[:FILE], stdin, ask or none";
