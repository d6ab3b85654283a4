<?php
// Reads shared files as the AWS SDK for PHP does: a list of {kind, text, names} on stdin, for each a record of
// what every profile gives on stdout. The SDK itself is no package of Debian's; this is its whole rule:
// https://github.com/aws/aws-sdk-php/blob/master/src/functions.php (parse_ini_file)
$answers = [];
foreach (json_decode(stream_get_contents(STDIN)) as $file) {
    $read = @parse_ini_string(preg_replace('/^#.*\n/m', '', $file->text), true, INI_SCANNER_RAW);
    $answer = [];
    foreach ($file->names as $name) {
        $section = $file->kind === 'config' && $name !== 'default' ? "profile $name" : $name;
        $values = $read === false ? null : $read[$section] ?? null;
        $answer[$name] = $values === null ? null : [
            'key' => $values['aws_access_key_id'] ?? null,
            'secret' => $values['aws_secret_access_key'] ?? null,
            'token' => $values['aws_session_token'] ?? null,
            'region' => $values['region'] ?? null,
            'process' => $values['credential_process'] ?? null,
        ];
    }
    $answers[] = (object) $answer;
}
echo json_encode($answers);
