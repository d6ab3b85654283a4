/**
 * Everything that is fuzzed.
 *
 * @module
 */

import { AWS_TARGETS } from "./aws_targets.ts";
import { CLI_TARGETS } from "./cli_targets.ts";
import { FILE_TARGETS } from "./file_targets.ts";
import type { Target } from "./fuzz.ts";
import { LISTENER_TARGET } from "./listener_target.ts";
import { POSTED_TARGETS } from "./posted_targets.ts";
import { RELAY_TARGETS } from "./relay_targets.ts";
import { SAML_TARGETS } from "./saml_targets.ts";
import { SHARING_TARGETS } from "./sharing_targets.ts";

/** Every target, those that only compute first. */
export const TARGETS: readonly Target[] = [
  ...SAML_TARGETS,
  ...POSTED_TARGETS,
  ...AWS_TARGETS,
  ...FILE_TARGETS,
  ...CLI_TARGETS,
  ...RELAY_TARGETS,
  ...SHARING_TARGETS,
  LISTENER_TARGET,
];
