package crs

// slot is the place of a value in a request.
type slot uint8

const (
	slotMethod slot = iota
	slotProtocol
	slotLine
	slotURI
	slotURIRaw
	slotFilename
	slotBasename
	slotQuery
	slotArgName
	slotArg
	slotUserAgent
	slotReferer
	slotContentType
	slotCookieHeader
	slotCookieName
	slotCookie
	slotPostName
	slotPost
	slotBody
	slotXMLText
	slotXMLAttr
	slotFile
	slotFileName
	slots
)

// slotSet is a set of slots.
type slotSet uint32

func (s slot) set() slotSet { return 1 << s }

// groupSet is a set of the parts of a request that are judged on their own.
type groupSet uint8

const (
	groupLine groupSet = 1 << iota
	groupAgent
	groupReferer
	groupType
	groupCookie
	groupBody
	groupCount = 6
)

func (s slot) group() groupSet {
	switch s {
	case slotUserAgent:
		return groupAgent
	case slotReferer:
		return groupReferer
	case slotContentType:
		return groupType
	case slotCookieHeader, slotCookieName, slotCookie:
		return groupCookie
	case slotPostName, slotPost, slotBody, slotXMLText, slotXMLAttr, slotFile, slotFileName:
		return groupBody
	default:
		return groupLine
	}
}

func (m slotSet) groups() groupSet {
	var g groupSet
	for s := range slots {
		if m&s.set() != 0 {
			g |= s.group()
		}
	}
	return g
}

// slotsOf returns where a variable stands in a request; none for one that no log
// shows.
func slotsOf(variable string) slotSet {
	switch variable {
	case "REQUEST_METHOD":
		return slotMethod.set()
	case "REQUEST_PROTOCOL":
		return slotProtocol.set()
	case "REQUEST_LINE":
		return slotLine.set()
	case "REQUEST_URI":
		return slotURI.set()
	case "REQUEST_URI_RAW":
		return slotURIRaw.set()
	case "REQUEST_FILENAME":
		return slotFilename.set()
	case "REQUEST_BASENAME":
		return slotBasename.set()
	case "QUERY_STRING":
		return slotQuery.set()
	case "ARGS":
		return slotArg.set() | slotPost.set()
	case "ARGS_NAMES":
		return slotArgName.set() | slotPostName.set()
	case "ARGS_GET":
		return slotArg.set()
	case "ARGS_GET_NAMES":
		return slotArgName.set()
	case "ARGS_POST":
		return slotPost.set()
	case "ARGS_POST_NAMES":
		return slotPostName.set()
	case "REQUEST_HEADERS":
		return slotUserAgent.set() | slotReferer.set() | slotContentType.set() | slotCookieHeader.set()
	case "REQUEST_COOKIES":
		return slotCookie.set()
	case "REQUEST_COOKIES_NAMES":
		return slotCookieName.set()
	case "REQUEST_BODY":
		return slotBody.set()
	case "XML", "REQUEST_XML":
		return slotXMLText.set() | slotXMLAttr.set()
	case "FILES":
		return slotFile.set()
	case "FILES_NAMES":
		return slotFileName.set()
	default:
		return 0
	}
}

// headerSlot returns the slot of a header, by its name in lower case.
func headerSlot(name string) slotSet {
	switch name {
	case "user-agent":
		return slotUserAgent.set()
	case "referer":
		return slotReferer.set()
	case "content-type":
		return slotContentType.set()
	case "cookie":
		return slotCookieHeader.set()
	default:
		return 0
	}
}

// isXML reports a variable that holds a document; its members are paths.
func isXML(variable string) bool { return variable == "XML" || variable == "REQUEST_XML" }

// xmlSlot returns the slot of a path into a document: of the two that the Core Rule
// Set knows, all texts and all values of attributes.
func xmlSlot(path string) slotSet {
	switch path {
	case xmlTexts:
		return slotXMLText.set()
	case xmlAttrs:
		return slotXMLAttr.set()
	default:
		return 0
	}
}

// keepsCase reports whether the names of the variable's members differ in case.
func keepsCase(variable string) bool {
	switch variable {
	case "ARGS", "ARGS_NAMES", "ARGS_GET", "ARGS_GET_NAMES", "ARGS_POST", "ARGS_POST_NAMES":
		return true
	default:
		return false
	}
}
