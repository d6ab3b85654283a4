#!/bin/sh
# Signs in and sets the AWS variables of the shell that sources this file: bash, zsh, dash, busybox sh.
#
#   . saml_aws_environment.sh -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG...]
#
#   -r REGION         --region
#   -a ROLE_ARN       --role-arn
#   -p PROVIDER_ARN   --saml-provider-arn
#   -c                --console: the browser goes on to the AWS console
#   FLAG...           any other flag of "stssamldriver env"; behind "--" nothing is read as one of the above
#
# Without arguments the driver takes its settings from its STSSAMLDRIVER_ variables. A sourced file that is
# given no arguments sees those of its caller; and dash takes none here:
#
#   set -- -r REGION -a ROLE_ARN -p PROVIDER_ARN; . ./saml_aws_environment.sh
#
# STSSAMLDRIVER_COMMAND is the driver, where it is neither in PATH nor in ../dist beside this file.
#
# Returns what the driver ends with. Unless that is 0, nothing has changed. Only the AWS variables stay:
# whatever this has to remember is remembered in a subshell, so that Ctrl-C leaves nothing behind either.

# With tracing on (set -x), the secrets must not be traced. Below, the trace goes where stderr goes, which is
# away. Not so in zsh, which copies stderr for it: there, tracing is off for as long as a function lasts.
case ${ZSH_VERSION:+$-} in
  (*x*)
    eval '() {
      setopt local_options no_xtrace
      . "$@"
    } "${${(%):-%x}:A}" "$@"; return' || return
    ;;
esac

# Without a stderr, the redirection of it below would be an error, which ends dash itself. What is said goes
# nowhere then; only the descriptor stays open.
(: 4>&2) || exec 2>/dev/null

# Of all ways to hand a failure on, "|| return" just here is the one that every shell takes for what it is
# under "set -e", both where the caller looks at it (if . FILE; then) and where it does not.
{ eval "$(
  # The parentheses of all patterns come in pairs, and no comment has an apostrophe: bash 3.2 counts both.
  case ${BASH_XTRACEFD:+$-} in
    (*x*) set +x; printf '%s\n' 'saml_aws_environment.sh: BASH_XTRACEFD would get the secrets, so set +x first' >&3
          printf 'return 2\n'; exit ;;
  esac
  set +efuvx
  exec 2>&3 3>&-

  here=
  sourced=yes
  if [ -n "${ZSH_VERSION-}" ]; then
    eval 'here=${${(%):-%x}:A:h}'
    case ${ZSH_EVAL_CONTEXT-} in (*:file*) ;; (*) sourced= ;; esac
    emulate -R sh
  elif [ -n "${BASH_VERSION-}" ]; then
    case ${BASH_SOURCE-} in (*/*) here=${BASH_SOURCE%/*} ;; (*) here=. ;; esac
    (return 0) 2>/dev/null || sourced=
  else
    # Others do not tell a sourced file its name: $0 is this file only where it was executed.
    case $0 in (saml_aws_environment.sh | */saml_aws_environment.sh) sourced= ;; esac
  fi

  say() { printf 'saml_aws_environment.sh: %s\n' "$1" >&2; }
  usage='Usage: . saml_aws_environment.sh -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG of stssamldriver env...]'

  if [ -z "$sourced" ]; then
    say 'this has to be sourced, or its variables would be gone with it'
    printf '%s\n' "$usage" >&2
    printf 'exit 2\n'
    exit
  fi

  # Each word is taken from the front, and what becomes of it is put to the end.
  count=$#
  while [ "$count" -gt 0 ]; do
    word=$1
    shift
    count=$((count - 1))
    case $word in
      (-r | -a | -p)
        if [ "$count" -eq 0 ]; then
          say "$word needs a value"
          printf '%s\n' "$usage" >&2
          printf 'return 2\n'
          exit
        fi
        value=$1
        shift
        count=$((count - 1))
        ;;
      (-r* | -a* | -p*)
        value=${word#-?}
        ;;
      (-c)
        set -- "$@" --console
        continue
        ;;
      (-c*)
        # Several letters behind one dash: the rest is read again.
        set -- "-${word#-c}" "$@" --console
        count=$((count + 1))
        continue
        ;;
      (--)
        while [ "$count" -gt 0 ]; do
          word=$1
          shift
          count=$((count - 1))
          set -- "$@" "$word"
        done
        continue
        ;;
      (-h | --help)
        printf '%s\n' "$usage" >&2
        exit
        ;;
      (-[!-]*)
        say "there is no $word"
        printf '%s\n' "$usage" >&2
        printf 'return 2\n'
        exit
        ;;
      (*)
        set -- "$@" "$word"
        continue
        ;;
    esac
    case $word in
      (-r*) set -- "$@" --region "$value" ;;
      (-a*) set -- "$@" --role-arn "$value" ;;
      (-p*) set -- "$@" --saml-provider-arn "$value" ;;
    esac
  done

  driver=${STSSAMLDRIVER_COMMAND-}
  if [ -z "$driver" ]; then
    if command -v stssamldriver >/dev/null 2>&1; then
      driver=stssamldriver
    elif [ -n "$here" ] && [ -x "$here/../dist/stssamldriver" ]; then
      driver=$here/../dist/stssamldriver
    else
      say 'stssamldriver is not in PATH; STSSAMLDRIVER_COMMAND can say where it is'
      printf 'return 127\n'
      exit
    fi
  fi

  code=$(command "$driver" env --shell sh "$@")
  result=$?
  if [ "$result" -ne 0 ]; then
    printf 'return %s\n' "$result"
    exit
  fi
  # Help, a version, another shell: what is no code for this one must not be run.
  case $code in
    ('export AWS_ACCESS_KEY_ID='*) printf '%s\n' "$code" ;;
    ('') ;;
    (*)
      say 'the driver did not print variables, so none have been set'
      printf 'return 2\n'
      ;;
  esac
)" || return; } 3>&2 2>/dev/null
