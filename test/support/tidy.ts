import { afterAll } from "bun:test";
import { removeTestFolders } from "./folder.ts";

// Loaded before any test (bunfig.toml): here is behind the last one, and with --parallel behind each file's.
afterAll(() => removeTestFolders());
