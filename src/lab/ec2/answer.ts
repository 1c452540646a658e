import type { AwsFault } from './fault.ts'
import { writeXml, type XmlObject } from './xml.ts'

/** An HTTP answer, before anything is written to a socket. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const xmlType = 'text/xml;charset=UTF-8'
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** EC2: `requestId` in lower case on success… */
export const ec2Answer = (action: string, requestId: string, content: XmlObject): Answer => ({
  status: 200,
  headers: { 'content-type': xmlType, 'x-amzn-requestid': requestId },
  body:
    declaration +
    writeXml(
      `${action}Response`,
      { requestId, ...content },
      ' xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"',
    ),
})

/** … and `RequestID` on error. */
export const ec2Fault = (told: AwsFault, requestId: string): Answer => ({
  status: told.status,
  headers: { 'content-type': xmlType, 'x-amzn-requestid': requestId },
  body:
    declaration +
    `<Response><Errors>${writeXml('Error', { Code: told.fault, Message: told.message })}</Errors>` +
    `${writeXml('RequestID', requestId)}</Response>`,
})

const stsNamespace = ' xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'

export const stsAnswer = (action: string, requestId: string, result: XmlObject): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
  body: writeXml(
    `${action}Response`,
    { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } },
    stsNamespace,
  ),
})

export const stsFault = (told: AwsFault, requestId: string): Answer => ({
  status: told.status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
  body: writeXml(
    'ErrorResponse',
    { Error: { Type: 'Sender', Code: told.fault, Message: told.message }, RequestId: requestId },
    stsNamespace,
  ),
})

/** EKS: REST with JSON bodies; the error's code stands in a header. */
export const jsonAnswer = (requestId: string, content: unknown): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
  body: JSON.stringify(content),
})

export const jsonFault = (told: AwsFault, requestId: string): Answer => ({
  status: told.status,
  headers: {
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
    'x-amzn-errortype': told.fault,
  },
  body: JSON.stringify({ message: told.message }),
})

/** S3: the error alone. */
export const s3Fault = (told: AwsFault, requestId: string): Answer => ({
  status: told.status,
  headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
  body: declaration + writeXml('Error', { Code: told.fault, Message: told.message, RequestId: requestId }),
})
