/**
 * The program: arguments → one command's run → an exit code.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { Deps } from "../deps.ts";
import { VERSION } from "../version.ts";
import { parseArguments } from "./arguments.ts";
import { type CommandSpec, SERVE } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import {
  flagSource,
  optionsOf,
  type OptionSource,
  readOptions,
  takeOptions,
  variableSource,
  withMachine,
} from "./options.ts";
import type { MachineSettings } from "./settings/machine_source.ts";
import { Terminal } from "./terminal.ts";

/** Runs the program with what was typed behind its name; resolves to the exit code. */
export async function run(args: readonly string[], deps: Deps): Promise<number> {
  const variables = variableSource(deps.env);
  let terminal = makeTerminal([variables], deps);
  try {
    if (args.length === 0 && deps.stdout.isTerminal && !hasSettings(deps)) {
      // A sign-in without any setting is hardly what somebody wants who types the name alone.
      deps.stderr.write(await help("program"));
      return ExitCode.USAGE;
    }
    const invocation = await parseArguments(args, COMMANDS);
    if (invocation.kind === "version") {
      await deps.stdout.write(`stssamldriver ${VERSION}\n`);
      return ExitCode.OK;
    }
    if (invocation.kind === "help") {
      await deps.stdout.write(await help(invocation.about));
      return ExitCode.OK;
    }
    const { onlyFlags = false } = invocation.command;
    const typed = flagSource(invocation.flags, invocation.spelled);
    terminal = makeTerminal([typed, variables], deps);
    const given: OptionSource[] = onlyFlags ? [typed] : [typed, variables];
    const machine = await machineOf(invocation.command, terminal, deps);
    terminal = makeTerminal(withMachine(machine, [typed, variables]), deps);
    const { profile } = readOptions(["profile"], given);
    const takesProfile = invocation.command.options.includes("profile") && !onlyFlags;
    if (profile !== undefined && takesProfile) {
      const { profileSource } = await import("./settings/profile_source.ts");
      const source = await profileSource(profile, COMMANDS[0], deps);
      // Who names the role, or writes keys, may still mean the region of the profile.
      const meant = readOptions(["role-arn", "profile-to-update"], given);
      const isNamed = Object.values(meant).some((value) => value !== undefined);
      if (source.elsewhere !== undefined && !isNamed) throw source.elsewhere;
      given.push(source);
      terminal = makeTerminal(withMachine(machine, given), deps);
      for (const message of source.remarks) terminal.say("notice", message);
    }
    const taken = takeOptions(invocation.command.options, withMachine(machine, given));
    // A credential_process line that was written before goes on working without a word.
    const isLine = invocation.command === COMMANDS[0] && !deps.stdout.isTerminal;
    for (const message of machine?.overruled(typed) ?? []) {
      terminal.say(isLine ? "detail" : "notice", message);
    }
    const { flags, words, command: { name, load } } = invocation;
    const command = await load();
    const print = async (text: string) => {
      // Else the product would begin behind what is drawn, and be drawn over.
      terminal.close();
      await deps.stdout.write(text);
    };
    const world = { terminal, machine, print, commands: COMMANDS };
    return await command({ ...taken, ...world, name, typed: flags, words }, deps) ?? ExitCode.OK;
  } catch (error) {
    const failure = error instanceof UserError ? error : faultOf(error);
    terminal.fail(failure);
    return failure.exitCode;
  } finally {
    terminal.close();
  }
}

/** The machine's file, which is for sign-ins; everything about it is loaded where there is one. */
async function machineOf(
  command: CommandSpec,
  { say }: Terminal,
  deps: Deps,
): Promise<MachineSettings | undefined> {
  const signsIn = command.options.includes("start-url") || command.name === SERVE;
  const file = signsIn ? await deps.machineFile() : undefined;
  if (file === undefined) return undefined;
  const { machineSettings } = await import("./settings/machine_source.ts");
  const warn = (message: string) => say("warning", message);
  return machineSettings(file, { os: deps.os, env: deps.env, warn });
}

async function help(about: CommandSpec | "program" | "every flag"): Promise<string> {
  const { allHelp, commandHelp, programHelp } = await import("./help.ts");
  if (typeof about !== "string") return commandHelp(about);
  return about === "program" ? programHelp(COMMANDS) : allHelp(COMMANDS);
}

/** Makes the terminal before anything else can fail, so that a failure is shown the way that was asked for. */
function makeTerminal(sources: readonly OptionSource[], deps: Deps): Terminal {
  const redraws = deps.env("TERM") !== "dumb";
  const colour = redraws && (deps.env("NO_COLOR") ?? "") === "";
  const { stderr, openTerminal, now } = deps;
  const options = { stderr, openTerminal, now, colour, redraws, unicode: showsUnicode(deps) };
  try {
    const values = readOptions(optionsOf("messages"), sources);
    return new Terminal({
      ...options,
      ...(values["log-to"] === "stderr" && { openTerminal: () => undefined }),
      format: values["log-format"] ?? "text",
      verbose: values.verbose ?? false,
    });
  } catch {
    // What is wrong is said a moment later, when all options are read.
    return new Terminal({ ...options, format: "text", verbose: false });
  }
}

/** Whether the terminal's encoding is UTF-8; Windows' console takes it from the program. */
function showsUnicode({ env, os }: Deps): boolean {
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG") || "";
  return os === "windows" || /utf-?8/i.test(locale);
}

function hasSettings(deps: Deps): boolean {
  return deps.variableNames().some((name) => name.startsWith("STSSAMLDRIVER_") && deps.env(name));
}

/** A bug of this program, with what somebody needs who is to fix it. */
function faultOf(error: unknown): UserError {
  const stack = error instanceof Error ? error.stack : undefined;
  return new UserError("fault", `The driver failed: ${messageOf(error)}`, {
    exitCode: ExitCode.FAULT,
    hint: `This is a bug in stssamldriver ${VERSION}. Please report it with these lines:\n${
      stack ?? ""
    }`,
    cause: error,
  });
}
