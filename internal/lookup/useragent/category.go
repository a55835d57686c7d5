package useragent

import "strings"

// category sorts devices into five kinds, as Datadog does, by what the
// expressions found and by the text.
func category(a *Agent, text string) string {
	switch {
	case a.Device.Family == "Spider":
		return "Bot"
	case strings.HasPrefix(a.Device.Family, "iPad"), containsFold(text, "tablet"):
		return "Tablet"
	}
	switch a.OS.Family {
	case "iOS", "Android", "Windows Phone", "Windows Mobile", "BlackBerry OS", "Symbian OS", "Firefox OS", "KaiOS", "HarmonyOS":
		return "Mobile"
	case "Windows", "Mac OS X", "Mac OS", "Chrome OS", "Linux",
		"Ubuntu", "Kubuntu", "Xubuntu", "Lubuntu", "Debian", "Fedora", "Red Hat", "CentOS", "SUSE", "Gentoo",
		"Arch Linux", "Linux Mint", "Mandriva", "Mageia", "Slackware", "PCLinuxOS", "Puppy", "VectorLinux",
		"FreeBSD", "OpenBSD", "NetBSD", "Solaris":
		return "Desktop"
	default:
		return "Other"
	}
}

// containsFold reports whether the lower-case ASCII word is in s, in any case.
func containsFold(s, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 == word[0] && strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
