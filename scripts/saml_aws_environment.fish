#!/usr/bin/env fish
# Signs in and sets the AWS variables of the fish that sources this file.
#
#   source saml_aws_environment.fish -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG...]
#
#   -r REGION         --region
#   -a ROLE_ARN       --role-arn
#   -p PROVIDER_ARN   --saml-provider-arn
#   -c                --console: also open the AWS console
#   FLAG...           any other flag of "stssamldriver env"; after "--" none of the above are recognized
#
# Set STSSAMLDRIVER_COMMAND to the path of stssamldriver if it is not in PATH or in ../dist next to this file.
#
# Returns the exit code of stssamldriver. Unless that is 0, nothing changes. Only the AWS variables stay.

begin
    # With fish_trace set, the secrets would be traced.
    set -l fish_trace
    set -l me saml_aws_environment.fish:
    set -l usage 'Usage: source saml_aws_environment.fish -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG of stssamldriver env...]'

    # The stack shows what sourced this file; an executed file has nothing above it.
    if not status stack-trace | string length -q
        echo $me 'source this file instead of running it, or its variables are lost' >&2
        echo $usage >&2
        exit 2
    end

    set -l rest $argv
    set -l words
    while set -q rest[1]
        set -l word $rest[1]
        set -e rest[1]
        set -l value
        if contains -- $word -r -a -p
            if not set -q rest[1]
                echo $me $word 'needs a value' >&2
                echo $usage >&2
                return 2
            end
            set value $rest[1]
            set -e rest[1]
        else if string match -qr -- '^-[rap]' $word
            set value (string sub -s 3 -- $word)
            set word (string sub -l 2 -- $word)
        else if test "$word" = -c
            set -a words --console
            continue
        else if string match -qr -- '^-c' $word
            # Several letters after one dash: the rest is read again.
            set -a words --console
            set -p rest -(string sub -s 3 -- $word)
            continue
        else if test "$word" = --
            set -a words $rest
            break
        else if contains -- $word -h --help
            echo $usage >&2
            return 0
        else if string match -qr -- '^-[^-]' $word
            echo $me 'unknown option' $word >&2
            echo $usage >&2
            return 2
        else
            set -a words $word
            continue
        end
        switch $word
            case -r
                set -a words --region $value
            case -a
                set -a words --role-arn $value
            case -p
                set -a words --saml-provider-arn $value
        end
    end

    set -l driver $STSSAMLDRIVER_COMMAND
    if test -z "$driver"
        set -l built (string replace -r -- '[^/]*$' '' (status filename))../dist/stssamldriver
        if command -sq stssamldriver
            set driver stssamldriver
        else if test -x "$built"
            set driver $built
        else
            echo $me 'stssamldriver is not in PATH; set STSSAMLDRIVER_COMMAND to its path' >&2
            return 127
        end
    end

    set -l code (command $driver env --shell fish $words)
    set -l result $status
    if test $result -ne 0
        return $result
    end
    # Help, a version, another shell: anything that is not code for this shell must not be run.
    if not set -q code[1]
        return 0
    else if not string match -q -- 'set -gx AWS_ACCESS_KEY_ID *' $code[1]
        echo $me 'stssamldriver printed no variables, so nothing was set' >&2
        return 2
    end
    printf '%s\n' $code | source
end
