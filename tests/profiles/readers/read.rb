# Reads shared files with the AWS SDK for Ruby: a list of {kind, text, names} on stdin, for each a record of
# what every profile gives on stdout.
require "json"
require "tmpdir"
require "aws-sdk-core"

answers = []
Dir.mktmpdir do |folder|
  none = File.join(folder, "none")
  path = File.join(folder, "file")
  File.write(none, "")
  JSON.parse($stdin.read).each do |file|
    File.binwrite(path, file["text"])
    is_config = file["kind"] == "config"
    answers << file["names"].to_h do |name|
      shared = Aws::SharedConfig.new(
        config_enabled: true,
        profile_name: name,
        config_path: is_config ? path : none,
        credentials_path: is_config ? none : path,
      )
      keys = shared.credentials(profile: name)&.credentials
      [name, {
        key: keys&.access_key_id,
        secret: keys&.secret_access_key,
        token: keys&.session_token,
        region: shared.region(profile: name),
        process: shared.credential_process(profile: name),
      }]
    rescue Aws::Errors::NoSuchProfileError
      [name, nil]
    end
  end
end
puts JSON.generate(answers)
