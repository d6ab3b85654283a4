/**
 * Everything that is fuzzed.
 *
 * @module
 */

import { AWS_TARGETS } from "./aws_targets.ts";
import { CLI_TARGETS } from "./cli_targets.ts";
import { FILE_TARGETS } from "./file_targets.ts";
import type { Target } from "./fuzz.ts";
import { SAML_TARGETS } from "./saml_targets.ts";
import { SOCKET_TARGETS } from "./socket_targets.ts";

/** Every target, those that only compute first. */
export const TARGETS: readonly Target[] = [
  ...SAML_TARGETS,
  ...AWS_TARGETS,
  ...FILE_TARGETS,
  ...CLI_TARGETS,
  ...SOCKET_TARGETS,
];
