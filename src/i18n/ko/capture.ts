import type { CaptureSentences } from '../sentences/capture-sentences.ts'

const number = (n: number): string => n.toLocaleString('ko-KR')

export const capture: CaptureSentences = {
  listening: (stacks, file) =>
    `네트워크 네임스페이스 ${number(stacks)}개에서 캡처합니다${file === null ? '' : ` (저장할 파일: ${file})`}. Ctrl-C를 누르면 끝납니다`,
  onNode: (node) => `노드: ${node}`,
  notListening: (stack, because) => `캡처하지 못하는 곳: ${stack} (${because})`,
  lost: (stack, because) => `캡처가 끊긴 곳: ${stack} (${because})`,
  skipped: (lines, file) =>
    `… ${number(lines)}줄을 건너뛰었습니다. 화면이 따라가지 못했습니다${file === null ? '' : ` (모두 저장된 파일: ${file})`}`,
  summary: (lines, packets, rewritten, seconds) =>
    `패킷 ${number(packets)}개, 포착 ${number(lines)}회, 주소 변환 ${number(rewritten)}회, ${seconds.toFixed(1)}초`,
  stackTotal: (frames) => `캡처 ${number(frames)}개`,
  dropped: (packets) => `커널에서 버림 ${number(packets)}개`,
  droppedUnknown: '버린 수는 알 수 없음',
  written: (file, octets) => `${file}: ${number(octets)}바이트`,
  hops: {
    request: '요청',
    reply: '응답',
    probe: (one, of) => `프로브 ${one}/${of}`,
  },
}
