#!/bin/sh
# Signs in and sets the AWS variables of the shell that sources this file: bash, zsh, dash, busybox sh.
#
#   . saml_aws_environment.sh -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG...]
#
#   -r REGION         --region
#   -a ROLE_ARN       --role-arn
#   -p PROVIDER_ARN   --saml-provider-arn
#   -c                --console: also open the AWS console
#   FLAG...           any other flag of "stssamldriver env"; after "--" none of the above are recognized
#
# Without arguments, stssamldriver reads its STSSAMLDRIVER_ variables. A file that is sourced without
# arguments sees those of its caller; and dash ignores arguments here, so set them before:
#
#   set -- -r REGION -a ROLE_ARN -p PROVIDER_ARN; . ./saml_aws_environment.sh
#
# Set STSSAMLDRIVER_COMMAND to the path of stssamldriver if it is not in PATH or in ../dist next to this file.
#
# Returns the exit code of stssamldriver. Unless that is 0, nothing changes. Only the AWS variables stay:
# everything else happens in a subshell, so that not even Ctrl-C leaves anything behind.

# With tracing on (set -x), the secrets must not be traced. Below, the trace goes to stderr, which is
# discarded. Not so in zsh, which makes a copy of stderr for it: there, tracing is turned off in a function.
case ${ZSH_VERSION:+$-} in
  (*x*)
    eval '() {
      setopt local_options no_xtrace
      . "$@"
    } "${${(%):-%x}:A}" "$@"; return' || return
    ;;
esac

# Without a stderr, redirecting it below would be an error, which ends dash itself. Messages are discarded
# then; only the descriptor is opened.
(: 4>&2) || exec 2>/dev/null

# Of all ways to pass on a failure, only "|| return" in this place works in every shell under "set -e", both
# when the caller checks it (if . FILE; then) and when it does not.
{ eval "$(
  # The parentheses of all patterns come in pairs, and no comment has an apostrophe: bash 3.2 counts both.
  case ${BASH_XTRACEFD:+$-} in
    (*x*) set +x; printf '%s\n' 'saml_aws_environment.sh: BASH_XTRACEFD would get the secrets; run set +x first' >&3
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
    # Other shells do not know the name of a sourced file: $0 is this file only when it is executed.
    case $0 in (saml_aws_environment.sh | */saml_aws_environment.sh) sourced= ;; esac
  fi

  say() { printf 'saml_aws_environment.sh: %s\n' "$1" >&2; }
  usage='Usage: . saml_aws_environment.sh -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG of stssamldriver env...]'

  if [ -z "$sourced" ]; then
    say 'source this file instead of running it, or its variables are lost'
    printf '%s\n' "$usage" >&2
    printf 'exit 2\n'
    exit
  fi

  # Each word is taken from the front, and its translation is appended.
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
        # Several letters after one dash: the rest is read again.
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
        say "unknown option $word"
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
      say 'stssamldriver is not in PATH; set STSSAMLDRIVER_COMMAND to its path'
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
  # Help, a version, another shell: anything that is not code for this shell must not be run.
  case $code in
    ('export AWS_ACCESS_KEY_ID='*) printf '%s\n' "$code" ;;
    ('') ;;
    (*)
      say 'stssamldriver printed no variables, so nothing was set'
      printf 'return 2\n'
      ;;
  esac
)" || return; } 3>&2 2>/dev/null
