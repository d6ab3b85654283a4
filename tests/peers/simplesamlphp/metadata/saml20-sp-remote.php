<?php
$sp = [
    'AssertionConsumerService' => getenv('SSP_ACS'),
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'simplesaml.nameidattribute' => 'uid',
];
// The entity ID of AWS: Response and Assertion are signed, as SimpleSAMLphp does unless told otherwise.
$metadata['urn:amazon:webservices'] = $sp;
// One application for the console, by default, and for the command line, where a request says so.
$endpoint = fn ($index, $url) => [
    'index' => $index,
    'isDefault' => $index === 0,
    'Binding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    'Location' => $url,
];
$metadata['urn:amazon:webservices:two'] = [
    'AssertionConsumerService' => [
        $endpoint(0, 'https://signin.aws.amazon.com/saml'),
        $endpoint(1, getenv('SSP_ACS')),
    ],
] + $sp;
// The same ACS with other choices; SimpleSAMLphp tells SPs apart by their entity ID.
$metadata['urn:amazon:webservices:assertion-only'] =
    $sp + ['saml20.sign.response' => false, 'saml20.sign.assertion' => true];
$metadata['urn:amazon:webservices:response-only'] =
    $sp + ['saml20.sign.response' => true, 'saml20.sign.assertion' => false];
$metadata['urn:amazon:webservices:encrypted'] = $sp + [
    'assertion.encryption' => true,
    'certData' => preg_replace('/-----.*?-----|\s/', '', file_get_contents(getenv('SSP_HOME') . '/cert/sp.crt')),
];
