# Signs in and sets the AWS variables of this PowerShell (5.1 and later) and of what it starts.
#
#   . .\saml_aws_environment.ps1 -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG...]
#
#   -r REGION         --region
#   -a ROLE_ARN       --role-arn
#   -p PROVIDER_ARN   --saml-provider-arn
#   -c                --console: also open the AWS console
#   FLAG...           any other flag of "stssamldriver env"
#
# Set STSSAMLDRIVER_COMMAND to the path of stssamldriver if it is not in PATH or in ..\dist next to this file.
#
# $LASTEXITCODE is the exit code of stssamldriver. Unless that is 0, nothing changes. Only the AWS variables
# stay. In PowerShell, environment variables belong to the process: it makes no difference if this file is
# dot-sourced or run, but in a PowerShell that was started just for it (powershell -File), they are lost.

# In a block of its own, so that nothing else stays when this file is dot-sourced.
& {
    param([string] $Here, [string] $Me, [object[]] $Rest)

    # Independent of the caller's strict mode and error preference.
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false
    $say = { param($text) [Console]::Error.WriteLine("saml_aws_environment.ps1: $text") }
    $usage = 'Usage: . .\saml_aws_environment.ps1 -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG of stssamldriver env...]'

    # powershell -File FILE, pwsh FILE: their variables end with them, unless a prompt follows.
    $line = @([Environment]::GetCommandLineArgs())
    for ($i = 1; $i -lt $line.Count; $i++) {
        $isFile = $i -eq 1 -or $line[$i - 1] -match '^[-/]f(i(le?)?)?$'
        if ($isFile -and ($line[$i] -replace '^.*[\\/]') -eq $Me -and $line -notcontains '-NoExit') {
            & $say 'run this file in an open PowerShell, or its variables are lost'
            [Console]::Error.WriteLine($usage)
            exit 2
        }
    }

    $names = @{ '-r' = '--region'; '-a' = '--role-arn'; '-p' = '--saml-provider-arn' }
    $words = @()
    for ($i = 0; $i -lt $Rest.Count; $i++) {
        $word = [string] $Rest[$i]
        # PowerShell passes -r:x on as "-r:" and "x".
        $letter = $word -creplace '^(-[rap]):$', '$1'
        if ($names.ContainsKey($letter)) {
            if ($i + 1 -ge $Rest.Count) {
                & $say "$letter needs a value"
                [Console]::Error.WriteLine($usage)
                $global:LASTEXITCODE = 2
                return
            }
            $i++
            $words += $names[$letter], [string] $Rest[$i]
        }
        elseif ($word -eq '-c') { $words += '--console' }
        elseif ($word -eq '-h' -or $word -eq '--help') {
            [Console]::Error.WriteLine($usage)
            $global:LASTEXITCODE = 0
            return
        }
        elseif ($word -match '^-[^-]') {
            & $say "unknown option $word"
            [Console]::Error.WriteLine($usage)
            $global:LASTEXITCODE = 2
            return
        }
        else { $words += $word }
    }

    $driver = $env:STSSAMLDRIVER_COMMAND
    if (-not $driver) {
        $built = Join-Path (Join-Path (Split-Path -Parent $Here) 'dist') 'stssamldriver'
        if (Get-Command -CommandType Application -Name stssamldriver -ErrorAction SilentlyContinue) { $driver = 'stssamldriver' }
        elseif (Test-Path -PathType Leaf "$built.exe") { $driver = "$built.exe" }
        elseif (Test-Path -PathType Leaf $built) { $driver = $built }
        else {
            & $say 'stssamldriver is not in PATH; set STSSAMLDRIVER_COMMAND to its path'
            $global:LASTEXITCODE = 127
            return
        }
    }

    # If stssamldriver cannot be started, an older exit code must not remain.
    $global:LASTEXITCODE = 127
    $code = @(& $driver env --shell powershell @words)
    if ($LASTEXITCODE -ne 0 -or $code.Count -eq 0) { return }
    # Help, a version, another shell: anything that is not code for this shell must not be run.
    if (-not ([string] $code[0]).StartsWith('$env:AWS_ACCESS_KEY_ID = ', [StringComparison]::Ordinal)) {
        & $say 'stssamldriver printed no variables, so nothing was set'
        $global:LASTEXITCODE = 2
        return
    }
    foreach ($statement in $code) { Invoke-Expression $statement }
} $PSScriptRoot (Split-Path -Leaf $PSCommandPath) $args
