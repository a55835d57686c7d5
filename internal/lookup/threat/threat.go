// Package threat knows which feeds of bad addresses an address stands on.
//
// A Feed says where a list comes from and what being on it means; Read reads a
// list in any of the forms that feeds have; New lays many lists over each other
// into a Set, which answers with one search whatever the number of lists. A Set is
// immutable: a newer one takes its place as a whole. Nothing here reaches over the
// network.
package threat

import (
	"slices"

	"github.com/sasumata/sasumata/internal/document"
)

// Category is what a feed says of its addresses. Where Datadog's threat
// intelligence has a word for it (threat_intel.results.category), it is that word.
type Category string

// The categories.
const (
	Attack           Category = "attack" // attacks of any kind
	BruteForce       Category = "brute_force"
	Scanner          Category = "scanner"
	Malware          Category = "malware" // command and control, infected machines
	Cryptomining     Category = "cryptomining"
	Spam             Category = "spam"
	Tor              Category = "tor"
	Anonymizer       Category = "anonymizer" // open proxies
	VPN              Category = "vpn"
	CorporateVPN     Category = "corp_vpn"
	HostingProxy     Category = "hosting_proxy"
	ResidentialProxy Category = "residential_proxy"
	Custom           Category = "custom"
)

// Categories returns all categories.
func Categories() []Category {
	return []Category{
		Attack, BruteForce, Scanner, Malware, Cryptomining, Spam, Tor, Anonymizer, VPN, CorporateVPN, HostingProxy, ResidentialProxy, Custom,
	}
}

// DecodeDocument reads a category in a document.
func (c *Category) DecodeDocument(text string) error {
	return oneOf(c, text, Categories(), "category")
}

// Intention is what Datadog calls the intent of an address
// (threat_intel.results.intention).
type Intention string

// The intentions, the gravest first.
const (
	Malicious  Intention = "malicious"
	Suspicious Intention = "suspicious"
	Unknown    Intention = "unknown"
	Benign     Intention = "benign"
)

// Intentions returns all intentions, the gravest first.
func Intentions() []Intention { return []Intention{Malicious, Suspicious, Unknown, Benign} }

// DecodeDocument reads an intention in a document.
func (i *Intention) DecodeDocument(text string) error {
	return oneOf(i, text, Intentions(), "intention")
}

// intention returns what a category means when a feed does not say it.
func (c Category) intention() Intention {
	switch c {
	case Attack, BruteForce, Malware, Cryptomining:
		return Malicious
	case Scanner, Spam, Tor, Anonymizer, ResidentialProxy:
		return Suspicious
	default:
		return Unknown
	}
}

func oneOf[T ~string](into *T, text string, all []T, what string) error {
	if *into = T(text); slices.Contains(all, *into) {
		return nil
	}
	words := make([]string, len(all))
	for i, one := range all {
		words[i] = string(one)
	}
	return document.Fault{Message: "unknown " + what + " " + text, Suggestion: document.Suggest(text, words)}
}
