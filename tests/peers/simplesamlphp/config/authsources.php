<?php
// Who can sign in, all with the password "pw", and what AWS is told of them.
$aws = 'https://aws.amazon.com/SAML/Attributes/';
$dev = 'arn:aws:iam::111122223333:role/Dev,arn:aws:iam::111122223333:saml-provider/Ssp';
$admin = 'arn:aws:iam::444455556666:role/path/Admin,arn:aws:iam::444455556666:saml-provider/Ssp';
// The provider first, as AWS allows.
$readOnly = 'arn:aws:iam::444455556666:saml-provider/Ssp,arn:aws:iam::444455556666:role/ReadOnly';
$config = [
    'admin' => ['core:AdminPassword'],
    'example-userpass' => [
        'exampleauth:UserPass',
        'one:pw' => [
            'uid' => ['one'],
            $aws . 'Role' => [$dev],
            $aws . 'RoleSessionName' => ['one@example.com'],
            $aws . 'SessionDuration' => ['3600'],
        ],
        'several:pw' => [
            'uid' => ['several'],
            $aws . 'Role' => [$dev, $admin, $readOnly],
            $aws . 'RoleSessionName' => ['several@example.com'],
            $aws . 'SessionDuration' => ['7200'],
        ],
        'noduration:pw' => [
            'uid' => ['noduration'],
            $aws . 'Role' => [$dev],
            $aws . 'RoleSessionName' => ['noduration@example.com'],
        ],
        'norole:pw' => [
            'uid' => ['norole'],
            $aws . 'RoleSessionName' => ['norole@example.com'],
        ],
    ],
];
