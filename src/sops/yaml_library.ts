/*
 * The YAML library for whoever loads it late. It is CommonJS: imported late by itself, it has no
 * names of its own any more once the program is bundled.
 */
export { isMap, isSeq, parseAllDocuments, parseDocument } from "yaml";
