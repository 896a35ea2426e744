package builtin

import "github.com/ropeway/ropeway/internal/fault"

// Limits of what one operation reads or makes.
const (
	// MaxRepeats is the largest number of bundles that a repeater puts out.
	MaxRepeats = 10_000
	// MaxSleepSeconds is the longest wait of the Sleep module.
	MaxSleepSeconds = 300
	// MaxTextBytes is the longest text that a module reads or makes.
	MaxTextBytes = 16 << 20
	// MaxPatternBytes is the length of the longest pattern of the text parser.
	MaxPatternBytes = 4096
	// MaxPatternTextBytes is the longest text that a pattern searches. The time of a search grows with the product of
	// pattern and text, and with that of the matches where a pattern has to look far ahead for each.
	MaxPatternTextBytes = 1 << 20
	// MaxMatches is the largest number of matches that the text parser puts out or replaces.
	MaxMatches = 10_000
	// MaxXMLDepth is the number of nested elements that are read and written.
	MaxXMLDepth = 256
	// MaxXMLNodes is the largest number of elements and attributes of one XML text.
	MaxXMLNodes = 500_000
	// MaxCSVRows is the largest number of rows of one CSV text.
	MaxCSVRows = 200_000
	// MaxCSVColumns is the largest number of values of one row.
	MaxCSVColumns = 10_000
	// MaxCSVCells is the largest number of values of one CSV text, all rows together.
	MaxCSVCells = 2_000_000
	// MaxResponseHeaders is the number of headers that the answer to a webhook call may have.
	MaxResponseHeaders = 16
	// MaxRecordKeyBytes is the length of the longest key of a data store.
	MaxRecordKeyBytes = 255
	// MaxRecordBytes is the size of the largest record of a data store, reckoned as JSON.
	MaxRecordBytes = 1 << 20
	// MaxReturnedBytes is the size of what an execution can return to whoever started it, reckoned as JSON. It is kept with the end of
	// the execution.
	MaxReturnedBytes = 256 << 10
	// MaxTimeoutSeconds is the longest time that an HTTP module waits for a whole response.
	MaxTimeoutSeconds = 300
)

// checkTextBytes refuses a text of more than MaxTextBytes; message names it, with its size and the limit.
func checkTextBytes(message string, size int) error {
	if size <= MaxTextBytes {
		return nil
	}
	return fault.Newf(fault.MaxFileSizeExceeded, message, size, MaxTextBytes).
		WithHint("[hint-split-data] split the data into smaller parts")
}
