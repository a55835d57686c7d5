module github.com/sasumata/sasumata/test/bench/grok

go 1.26.0

require (
	github.com/elastic/go-grok v0.3.1
	github.com/sasumata/sasumata v0.0.0
)

require (
	github.com/magefile/mage v1.15.0 // indirect
	go.yaml.in/yaml/v4 v4.0.0 // indirect
)

replace github.com/sasumata/sasumata => ../../..
