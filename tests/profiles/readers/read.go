// Reads shared files with the AWS SDK for Go: a list of {kind, text, names} on stdin, for each a record of
// what every profile gives on stdout. An error stands in a key's place: half a profile has one, too.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/config"
)

type file struct {
	Kind, Text string
	Names      []string
}

type profile struct {
	Key    string `json:"key"`
	Secret string `json:"secret"`
	Token  string `json:"token"`
	Region string `json:"region"`
}

func main() {
	var files []file
	check(json.NewDecoder(os.Stdin).Decode(&files))
	folder, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(folder)
	answers := []map[string]*profile{}
	for _, each := range files {
		answers = append(answers, read(folder, each))
	}
	check(json.NewEncoder(os.Stdout).Encode(answers))
}

func read(folder string, from file) map[string]*profile {
	none, path := filepath.Join(folder, "none"), filepath.Join(folder, "file")
	check(os.WriteFile(none, nil, 0o600))
	check(os.WriteFile(path, []byte(from.Text), 0o600))
	profiles := map[string]*profile{}
	for _, name := range from.Names {
		read, err := config.LoadSharedConfigProfile(context.Background(), name,
			func(options *config.LoadSharedConfigOptions) {
				options.ConfigFiles, options.CredentialsFiles = []string{none}, []string{path}
				if from.Kind == "config" {
					options.ConfigFiles, options.CredentialsFiles = []string{path}, []string{none}
				}
			})
		var absent config.SharedConfigProfileNotExistError
		if errors.As(err, &absent) {
			profiles[name] = nil
		} else if err != nil {
			profiles[name] = &profile{Key: err.Error()}
		} else {
			keys := read.Credentials
			profiles[name] = &profile{keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, read.Region}
		}
	}
	return profiles
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
